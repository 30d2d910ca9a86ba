"""The commands of ``runner``; one file and one line each, with the line that help shows."""

import click

from agent.registry import Table

COMMANDS: Table[click.Command] = Table(
    "agent.cli.commands",
    {
        "run": "run:run",
        "validate": "validate:validate",
        "secrets": "secrets:secrets",
        "runs": "runs:runs",
        "show-trace": "show_trace:show_trace",
        "doctor": "doctor:doctor",
        "schema": "schema:schema",
        "help": "help:help_command",
    },
)

SUMMARIES = {
    "run": "Carry out a task.",
    "validate": "Check task files without running them.",
    "secrets": "Store and look after secrets.",
    "runs": "Look at past runs.",
    "show-trace": "Open a run's trace in Playwright's viewer.",
    "doctor": "Check that this machine has what runs need.",
    "schema": "Print the JSON Schema of task files.",
    "help": "Explain a command or a topic.",
}
