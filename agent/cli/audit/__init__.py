"""The commands of ``runner audit``; one file and one line each."""

import click

from agent.registry import Table

AUDIT_COMMANDS: Table[click.Command] = Table(
    "agent.cli.audit",
    {"list": "list:list_command", "verify": "verify:verify", "export": "export:export"},
)

SUMMARIES = {
    "list": "List the newest audit rows.",
    "verify": "Check that no audit row was changed or taken out.",
    "export": "Print the whole audit trail, one JSON object a line.",
}
