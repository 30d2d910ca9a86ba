"""The commands of ``runner workers``; one file and one line each."""

import click

from agent.registry import Table

WORKER_COMMANDS: Table[click.Command] = Table("agent.cli.workers", {"list": "list:list_command"})

SUMMARIES = {"list": "List the workers, and whether they were heard of."}
