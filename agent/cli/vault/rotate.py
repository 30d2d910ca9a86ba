"""``runner vault rotate``."""

from __future__ import annotations

from dataclasses import asdict

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json, no_input
from agent.cli.speech import document, say, tell
from agent.errors import UsageError, VaultDamaged


@click.command(cls=QuietCommand)
@click.option("--deep", is_flag=True, help="Give every secret a new key too, and seal it again.")
@click.option("--root", is_flag=True, help="Make a new root key too: after a key slot was known.")
@click.option(
    "--drop-key",
    "dropped",
    multiple=True,
    metavar="SLOT",
    help="With --root, give this key slot up; repeat for more.",
)
@no_input
@as_json
def rotate(
    *, deep: bool, root: bool, dropped: tuple[str, ...], no_input: bool, as_json: bool
) -> int:
    """Rotate the keys that secrets are sealed with.

    Works while the vault is in use, and goes on where it stopped when called again. With --deep
    the values are sealed anew under fresh keys: after a copy of the open vault may have been seen.
    With --root the vault also gets a new root key, for which every key slot that is not dropped
    must open now, in the order of runner vault status. Exit code 4 when a secret does not open; it
    stays as it is.
    """
    if dropped and not root:
        raise UsageError("--drop-key goes with --root", hint="runner vault remove-key removes one")
    keys = open_runner(no_input=no_input).keys
    done = keys.rotate_root(dropped) if root else keys.rotate(deep=deep)
    if as_json:
        document(asdict(done))
    else:
        made = "the vault has a new root key; " if root else ""
        tell(f"{made}{done.moved} versions are under key term {done.term} now")
        for ident in done.damaged:
            say(f"secret {ident} does not open and stays as it is")
    return VaultDamaged.exit_code if done.damaged else 0
