"""The commands of ``runner people``; one file and one line each."""

import click

from agent.registry import Table

PEOPLE_COMMANDS: Table[click.Command] = Table(
    "agent.cli.people",
    {
        "list": "list:list_command",
        "add": "changes:add",
        "role": "changes:role",
        "remove": "changes:remove",
    },
)

SUMMARIES = {
    "list": "List the people of the project.",
    "add": "Let a person into the project.",
    "role": "Give a person another role.",
    "remove": "Take a person out of the project.",
}
