"""``runner secrets compromised``."""

from __future__ import annotations

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json
from agent.cli.secrets.cards import card_document
from agent.cli.speech import document, tell


@click.command(cls=QuietCommand)
@click.argument("secret")
@as_json
def compromised(secret: str, *, as_json: bool) -> None:
    """Freeze a secret that others may know, and stop its runs.

    SECRET is its id or its name. In one act: it and every copy of its values are frozen for all
    sites until they have new values, their kept sessions are dropped, their queued and running runs
    are cancelled, and what is to be changed is listed.
    """
    done = open_runner().safety.compromised(secret)
    if as_json:
        document(
            {
                "frozen": [card_document(card) for card in done.frozen],
                "dropped_sessions": list(done.dropped),
                "cancelled": list(done.stopped),
                "rotate": list(done.rotate),
            }
        )
        return
    for card in done.frozen:
        tell(f"frozen: {card.name} ({card.mode}, {card.id})")
    for session in done.dropped:
        tell(f"dropped: {session}")
    for run in done.stopped:
        tell(f"cancelled: run {run}")
    for line in done.rotate:
        tell(f"to do: {line}")
