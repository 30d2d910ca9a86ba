"""``runner secrets delete``."""

from __future__ import annotations

import sys

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json, no_input
from agent.cli.secrets.cards import report_card


@click.command(cls=QuietCommand)
@click.argument("secret")
@click.option("--yes", is_flag=True, help="Do not ask whether it is meant.")
@no_input
@as_json
def delete(secret: str, *, yes: bool, no_input: bool, as_json: bool) -> None:
    """Delete a secret for good.

    SECRET is its id or its name. Its keys are destroyed: no copy of the database opens it again.
    On a terminal it is asked whether that is meant.
    """
    runner = open_runner(no_input=no_input)
    card = runner.secret(secret)
    if not yes and not no_input and sys.stdin.isatty():
        click.confirm(f"Delete “{card.name}” ({card.id}) for good?", abort=True, err=True)
    card = runner.delete_secret(card.id)
    report_card(card, f"deleted “{card.name}” ({card.id})", as_json=as_json)
