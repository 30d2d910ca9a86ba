"""``runner webhooks test``."""

from __future__ import annotations

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.speech import tell


@click.command(cls=QuietCommand)
@click.argument("webhook")
def test(webhook: str) -> None:
    """Send a webhook a test message.

    WEBHOOK is its name or id. A server or a worker delivers it: runner webhooks deliveries.
    """
    runner = open_runner()
    tell(f"on its way: {runner.webhooks.test(webhook)}")
