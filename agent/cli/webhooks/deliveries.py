"""``runner webhooks deliveries``."""

from __future__ import annotations

from dataclasses import asdict

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json
from agent.cli.speech import document, moment, table


@click.command(cls=QuietCommand)
@click.argument("webhook")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many.")
@as_json
def deliveries(webhook: str, limit: int, *, as_json: bool) -> None:
    """Show what a webhook was told, and how it went.

    WEBHOOK is its name or id.
    """
    found = open_runner().webhooks.deliveries(webhook, limit)
    if as_json:
        document([asdict(one) for one in found])
        return
    rows = [
        (moment(d.created_at), d.message_id, d.state, str(d.tries), str(d.status or ""), d.why)
        for d in found
    ]
    table(("since", "message", "state", "tries", "status", "why"), rows)
