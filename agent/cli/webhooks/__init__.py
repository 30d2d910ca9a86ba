"""The commands of ``runner webhooks``; one file and one line each."""

import click

from agent.registry import Table

WEBHOOK_COMMANDS: Table[click.Command] = Table(
    "agent.cli.webhooks",
    {
        "list": "list:list_command",
        "add": "add:add",
        "remove": "remove:remove",
        "deliveries": "deliveries:deliveries",
        "test": "test:test",
    },
)

SUMMARIES = {
    "list": "List the webhooks.",
    "add": "Have an address told of ends of runs.",
    "remove": "Take a webhook away.",
    "deliveries": "Show what a webhook was told, and how it went.",
    "test": "Send a webhook a test message.",
}
