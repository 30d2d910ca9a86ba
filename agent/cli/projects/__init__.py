"""The commands of ``runner projects``; one file and one line each."""

import click

from agent.registry import Table

PROJECT_COMMANDS: Table[click.Command] = Table(
    "agent.cli.projects", {"list": "list:list_command", "add": "add:add"}
)

SUMMARIES = {"list": "List the projects.", "add": "Make a project."}
