"""The commands of ``runner limits``; one file and one line each."""

import click

from agent.registry import Table

LIMIT_COMMANDS: Table[click.Command] = Table(
    "agent.cli.limits",
    {"list": "list:list_command", "set": "set:set_command", "remove": "remove:remove"},
)

SUMMARIES = {
    "list": "List the limits of sites.",
    "set": "Limit how much a site is asked.",
    "remove": "Take the limit of a site away.",
}
