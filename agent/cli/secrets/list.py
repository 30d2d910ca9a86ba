"""``runner secrets list``."""

from __future__ import annotations

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json
from agent.cli.secrets.cards import card_document
from agent.cli.speech import document, say, table


@click.command("list", cls=QuietCommand)
@as_json
def list_command(*, as_json: bool) -> None:
    """List the stored secrets."""
    runner = open_runner()
    cards = runner.secrets()
    used = runner.safety.last_used(cards)
    if as_json:
        document([{**card_document(card), "last_used_at": used.get(card.id)} for card in cards])
    elif not cards:
        say("no secrets yet: runner secrets add --name NAME --origin https://…")
    else:
        rows = [
            (
                card.id,
                card.name,
                card.type,
                card.mode,
                card.visibility,
                ", ".join(card.fields),
                ", ".join(card.origins.texts()),
                used.get(card.id, "never")[:16],
            )
            for card in cards
        ]
        titles = ("id", "name", "type", "mode", "visibility", "fields", "origins", "last used")
        table(titles, rows)
