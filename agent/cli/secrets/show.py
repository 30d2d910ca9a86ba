"""``runner secrets show``."""

from __future__ import annotations

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json
from agent.cli.secrets.cards import DOTS, card_document
from agent.cli.speech import document, say, tell


@click.command(cls=QuietCommand)
@click.argument("secret")
@as_json
def show(secret: str, *, as_json: bool) -> None:
    """Show what is known of a secret, never its values.

    SECRET is its id or its name.
    """
    runner = open_runner()
    card = runner.secret(secret)
    used = runner.safety.last_used([card]).get(card.id)
    shown = {**card_document(card), "last_used_at": used}
    if as_json:
        document(shown)
    else:
        shown["last_used_at"] = used or "never"
        for name, value in shown.items():
            plain = value if not isinstance(value, dict) else [f"{k} {v}" for k, v in value.items()]
            text = ", ".join(plain) if isinstance(plain, list) else str(plain)
            tell(f"{name.replace('_', ' '):<12} {text}")
        for field in card.fields:
            tell(f"{field:<12} {DOTS}")
    for freeze in runner.safety.freezes(card):
        say(freeze.refusal(card.name).message)
