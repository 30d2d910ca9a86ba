"""The commands of ``runner tasks``; one file and one line each."""

import click

from agent.registry import Table

TASK_COMMANDS: Table[click.Command] = Table(
    "agent.cli.tasks",
    {
        "list": "list:list_command",
        "add": "add:add",
        "show": "show:show",
        "remove": "remove:remove",
        "queue": "queue:queue",
    },
)

SUMMARIES = {
    "list": "List the stored tasks.",
    "add": "Store a task, or a new version of it.",
    "show": "Show a stored task and its versions.",
    "remove": "Take a stored task away.",
    "queue": "Put a run of a stored task into the queue.",
}
