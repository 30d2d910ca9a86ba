"""The commands of ``runner schedules``; one file and one line each."""

import click

from agent.registry import Table

SCHEDULE_COMMANDS: Table[click.Command] = Table(
    "agent.cli.schedules",
    {
        "list": "list:list_command",
        "add": "add:add",
        "next": "next:next_command",
        "pause": "pausing:pause",
        "resume": "pausing:resume",
        "remove": "remove:remove",
    },
)

SUMMARIES = {
    "list": "List the schedules.",
    "add": "Run a stored task again and again.",
    "next": "Show when a schedule is due, and what became of it before.",
    "pause": "Start nothing until it is resumed.",
    "resume": "Go on with the next due time.",
    "remove": "Take a schedule away.",
}
