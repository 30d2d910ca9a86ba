"""``runner secrets show``."""

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
def show(secret: str, *, as_json: bool) -> None:
    """Show what is known of a secret, never its values.

    SECRET is its id or its name.
    """
    shown = card_document(open_runner().secret(secret))
    if as_json:
        document(shown)
        return
    for name, value in shown.items():
        text = ", ".join(value) if isinstance(value, list) else str(value)
        tell(f"{name.replace('_', ' '):<11} {text}")
