"""``runner vault add-key``."""

from __future__ import annotations

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json, generate, no_input
from agent.cli.vault.slots import report_slot


@click.command("add-key", cls=QuietCommand)
@click.argument("kind")
@generate
@no_input
@as_json
def add_key(kind: str, *, generate: bool, no_input: bool, as_json: bool) -> None:
    """Add another way to open the vault.

    KIND is file, passphrase, passphrase_file, keyring or aws_kms. The new key is shown to open the
    vault before it counts. To change a passphrase, add the new one and remove the old.
    """
    slot = open_runner(no_input=no_input, generate=generate).keys.add(kind)
    report_slot(slot, f"the vault opens with a {slot.kind} too ({slot.id})", as_json=as_json)
