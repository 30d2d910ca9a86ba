"""``runner secrets retire``."""

from __future__ import annotations

import click

from agent.cli.confirming import confirm_option, tell_dependants, typed_name
from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json, no_input
from agent.cli.secrets.cards import report_card


@click.command(cls=QuietCommand)
@click.argument("secret")
@confirm_option
@no_input
@as_json
def retire(secret: str, *, confirm: str | None, no_input: bool, as_json: bool) -> None:
    """Take a live secret out of use for good.

    SECRET is its id or its name. What depends on it is listed, and its name is asked for. No run
    gets it any more; its versions stay sealed, and its name is free for another.
    """
    runner = open_runner(no_input=no_input)
    card = runner.secret(secret, "live")
    tell_dependants(runner.keeping.dependants(card))
    typed = typed_name(
        card, f"Retire “{card.name}” ({card.id}) for good?", confirm, no_input=no_input
    )
    card = runner.keeping.retire(card.id, typed)
    report_card(card, f"retired “{card.name}” ({card.id})", as_json=as_json)
