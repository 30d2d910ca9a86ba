"""``runner secrets move``."""

from __future__ import annotations

import click

from agent.cli.asking import Source
from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json, from_stdin, no_input
from agent.cli.parts import PARTS
from agent.cli.secrets.cards import report_card
from agent.cli.secrets.sources import HOW, source_in, source_options
from agent.errors import UsageError


@click.command(cls=QuietCommand)
@click.argument("secret")
@source_options("--to")
@from_stdin
@no_input
@as_json
@click.pass_context
def move(context: click.Context, /, **_: object) -> None:
    """Keep the values of a secret somewhere else.

    SECRET is its id or its name; both stay, and so does every binding. With --to local the values
    are asked for, or read with --stdin, and kept in the vault; any other place is named with --to
    and --reference, --from-env or --from-file, as for add.
    """
    given = context.params
    runner = open_runner(no_input=given["no_input"])
    card = runner.secret(given["secret"])
    source = source_in(given, card.type)
    if source is None and given["source"] is None:
        raise UsageError("say where the values are to be kept", hint=HOW.replace("source", "to"))
    fields = {}
    if source is None:
        asked = Source(given["from_stdin"], given["no_input"])
        fields = asked.fields(card.type, card.name)
    card = runner.sourcing.move(card.id, source or PARTS["source"](), fields)
    report_card(card, f"“{card.name}” is kept by {card.source} now", as_json=given["as_json"])
