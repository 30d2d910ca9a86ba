"""``runner vault unlock``."""

from __future__ import annotations

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json, no_input
from agent.cli.vault.slots import report_slot


@click.command(cls=QuietCommand)
@no_input
@as_json
def unlock(*, no_input: bool, as_json: bool) -> None:
    """Check that the vault opens.

    Nothing stays open afterwards: each command opens the vault for itself.
    """
    slot = open_runner(no_input=no_input).keys.unlock()
    report_slot(slot, f"the vault opens with the {slot.kind} of {slot.id}", as_json=as_json)
