"""``runner vault rotate``."""

from __future__ import annotations

from dataclasses import asdict

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json, no_input
from agent.cli.speech import document, say, tell
from agent.errors import VaultDamaged


@click.command(cls=QuietCommand)
@click.option("--deep", is_flag=True, help="Give every secret a new key too, and seal it again.")
@no_input
@as_json
def rotate(*, deep: bool, no_input: bool, as_json: bool) -> int:
    """Rotate the keys that secrets are sealed with.

    Works while the vault is in use, and goes on where it stopped when called again. With --deep
    the values are sealed anew under fresh keys: after a copy of the open vault may have been seen.
    Exit code 4 when a secret does not open; it stays as it is.
    """
    done = open_runner(no_input=no_input).keys.rotate(deep=deep)
    if as_json:
        document(asdict(done))
    else:
        tell(f"{done.moved} versions are under key term {done.term} now")
        for ident in done.damaged:
            say(f"secret {ident} does not open and stays as it is")
    return VaultDamaged.exit_code if done.damaged else 0
