"""``runner secrets add``."""

from __future__ import annotations

import click

from agent.cli.asking import Source, known_type
from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json, from_stdin, no_input
from agent.cli.secrets.cards import report_card


@click.command(cls=QuietCommand)
@click.option("--name", required=True, help="What people call it.")
@click.option("--type", "kind", default="login", show_default=True, help="login or value.")
@click.option(
    "--origin",
    "origins",
    multiple=True,
    required=True,
    help="A site it may be used on, like https://hotel.example; repeat for more.",
)
@from_stdin
@no_input
@as_json
@click.pass_context
def add(context: click.Context, /, **_: object) -> None:
    """Store a new secret.

    Asks for its values without showing them: of a login the username, the password and the TOTP
    key (base32 as the site shows it, or an otpauth:// link). With --stdin they are read as one
    JSON object instead: {"username": …, "password": …, "totp": …}.
    """
    given = context.params
    runner = open_runner(no_input=given["no_input"])
    source = Source(given["from_stdin"], given["no_input"])
    fields = source.fields(known_type(given["kind"]), given["name"])
    card = runner.add_secret(given["name"], given["kind"], fields, given["origins"])
    report_card(card, f"stored “{card.name}” as {card.id}", as_json=given["as_json"])
