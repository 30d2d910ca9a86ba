"""The commands of ``runner secrets sessions``; one file and one line each."""

import click

from agent.registry import Table

KEPT_COMMANDS: Table[click.Command] = Table(
    "agent.cli.kept", {"list": "list:list_command", "drop": "drop:drop"}
)

SUMMARIES = {
    "list": "List the kept sessions; so does the command without a verb.",
    "drop": "Drop kept sessions: the next run signs in.",
}
