"""``runner secrets purge``."""

from __future__ import annotations

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json, no_input
from agent.cli.speech import document, tell


@click.command(cls=QuietCommand)
@click.argument("secret")
@click.option(
    "--keep", type=click.IntRange(0), default=0, show_default=True, help="Older versions to keep."
)
@no_input
@as_json
def purge(secret: str, keep: int, *, no_input: bool, as_json: bool) -> None:
    """Destroy a secret's older versions.

    SECRET is its id or its name. The version in use stays.
    """
    gone = open_runner(no_input=no_input).keys.purge(secret, keep)
    if as_json:
        document({"purged": gone})
    else:
        tell(f"destroyed {gone} older versions")
