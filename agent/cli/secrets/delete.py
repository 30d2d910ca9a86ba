"""``runner secrets delete``."""

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
def delete(secret: str, *, confirm: str | None, no_input: bool, as_json: bool) -> None:
    """Delete a test secret for good.

    SECRET is its id or its name. What depends on it is listed, and its name is asked for. Its
    keys are destroyed: no copy of the database opens it again. Live secrets are retired.
    """
    runner = open_runner(no_input=no_input)
    card = runner.secret(secret, "test")
    tell_dependants(runner.keeping.dependants(card))
    typed = typed_name(
        card, f"Delete “{card.name}” ({card.id}) for good?", confirm, no_input=no_input
    )
    card = runner.keeping.delete(card.id, typed)
    report_card(card, f"deleted “{card.name}” ({card.id})", as_json=as_json)
