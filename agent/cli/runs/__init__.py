"""The commands of ``runner runs``; one file and one line each."""

import click

from agent.registry import Table

RUN_COMMANDS: Table[click.Command] = Table(
    "agent.cli.runs",
    {
        "list": "list:list_command",
        "show": "show:show",
        "cancel": "cancel:cancel",
        "code": "code:code",
        "link": "link:link",
        "push": "push:push",
        "prune": "prune:prune",
    },
)

SUMMARIES = {
    "list": "List the newest runs.",
    "show": "Show how a run ended, step by step; of one that goes on, what it waits for.",
    "cancel": "Take a run back.",
    "code": "Give a run that waits for a one-time code the code.",
    "link": "Print a link to one artifact, good for a while.",
    "push": "Bring artifacts that wait on this machine to the store.",
    "prune": "Take old runs away, record and artifacts.",
}
