"""``runner vault remove-key``."""

from __future__ import annotations

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json, no_input
from agent.cli.vault.slots import report_slot


@click.command("remove-key", cls=QuietCommand)
@click.argument("slot")
@no_input
@as_json
def remove_key(slot: str, *, no_input: bool, as_json: bool) -> None:
    """Remove a way to open the vault.

    SLOT is its id, or the start of it: runner vault status lists them. The vault must have been
    opened with another one, which is thereby known to work. The last cannot be removed.
    """
    gone = open_runner(no_input=no_input).keys.remove(slot)
    report_slot(gone, f"the vault does not open with that {gone.kind} any more", as_json=as_json)
