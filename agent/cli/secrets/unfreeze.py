"""``runner secrets unfreeze``."""

from __future__ import annotations

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json
from agent.cli.secrets.cards import report_card


@click.command(cls=QuietCommand)
@click.argument("secret")
@as_json
def unfreeze(secret: str, *, as_json: bool) -> None:
    """Let a frozen secret be used again.

    SECRET is its id or its name. A secret is frozen for a site that rejected its password, and for
    every site when it is compromised. Make sure that its values are right first: sites lock an
    account after a few rejections. New values (runner secrets rotate) lift a freeze too.
    """
    card, lifted = open_runner().safety.unfreeze(secret)
    sentence = f"“{card.name}” may be used again" if lifted else f"“{card.name}” was not frozen"
    report_card(card, sentence, as_json=as_json)
