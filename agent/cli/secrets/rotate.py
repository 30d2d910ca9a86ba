"""``runner secrets rotate``."""

from __future__ import annotations

import click

from agent.cli.asking import Source
from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json, from_stdin, no_input
from agent.cli.secrets.cards import report_card
from agent.cli.secrets.codes import show_once
from agent.cli.secrets.key_options import account, qr


@click.command(cls=QuietCommand)
@click.argument("secret")
@qr
@account
@from_stdin
@no_input
@as_json
@click.pass_context
def rotate(context: click.Context, /, **_: object) -> None:
    """Give a secret new values under the same id.

    SECRET is its id or its name. All its values are given anew; tasks bound to it go on working.
    """
    given = context.params
    runner = open_runner(no_input=given["no_input"])
    card = runner.secret(given["secret"])
    source = Source(given["from_stdin"], given["no_input"], given["qr"], given["account"])
    card = runner.rotate_secret(card.id, source.fields(card.type, card.name))
    report_card(card, f"“{card.name}” is now version {card.version}", as_json=given["as_json"])
    if source.may_ask:
        show_once(runner, card)
