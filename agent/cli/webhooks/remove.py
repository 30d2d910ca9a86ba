"""``runner webhooks remove``."""

from __future__ import annotations

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.speech import tell


@click.command(cls=QuietCommand)
@click.argument("webhook")
def remove(webhook: str) -> None:
    """Take a webhook away.

    WEBHOOK is its name or id. Its key and what was on its way go with it.
    """
    open_runner().webhooks.delete(webhook)
    tell(f"removed the webhook {webhook}")
