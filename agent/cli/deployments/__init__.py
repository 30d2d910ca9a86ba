"""The commands of ``runner deployments``; one file and one line each."""

import click

from agent.registry import Table

DEPLOYMENT_COMMANDS: Table[click.Command] = Table(
    "agent.cli.deployments", {"list": "list:list_command", "show": "show:show"}
)

SUMMARIES = {
    "list": "List the live deployments.",
    "show": "Show a live deployment and those before it.",
}
