"""The commands of ``runner people``; one file and one line each."""

import click

from agent.registry import Table

PEOPLE_COMMANDS: Table[click.Command] = Table(
    "agent.cli.people",
    {
        "list": "list:list_command",
        "add": "changes:add",
        "role": "changes:role",
        "link": "changes:link",
        "remove": "changes:remove",
    },
)

SUMMARIES = {
    "list": "List the people of the project.",
    "add": "Let a person into the project.",
    "role": "Give a person another role.",
    "link": "Print a link by which a person chooses a password for the server.",
    "remove": "Take a person out of the project.",
}
