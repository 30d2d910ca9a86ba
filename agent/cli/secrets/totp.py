"""``runner secrets totp``."""

from __future__ import annotations

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json, no_input
from agent.cli.secrets.codes import current_code, validity
from agent.cli.speech import document, say, tell


@click.command(cls=QuietCommand)
@click.argument("secret")
@no_input
@as_json
def totp(secret: str, *, no_input: bool, as_json: bool) -> None:
    """Show the one-time code of now.

    SECRET is its id or its name. For a person: to confirm a second device at a site, or to sign
    in by hand. Each look is recorded before the code is shown, and no run types that code.
    """
    runner = open_runner(no_input=no_input)
    code = current_code(runner, secret)
    if as_json:
        shown = {"code": code.text, "opens_at": code.opens_at, "closes_at": code.closes_at}
        document(shown)
    else:
        tell(code.text)
        say(validity(code))
