"""``runner vault init``."""

from __future__ import annotations

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json, generate, no_input
from agent.cli.vault.slots import report_slot
from agent.errors import UsageError


@click.command(cls=QuietCommand)
@generate
@no_input
@as_json
def init(*, generate: bool, no_input: bool, as_json: bool) -> None:
    """Make the vault.

    RUNNER_KEY says what it opens with: file (the default), passphrase, passphrase_file, keyring or
    aws_kms. Without this command the first secret makes the vault in the same way.
    """
    runner = open_runner(no_input=no_input, generate=generate)
    if runner.vault.is_created:
        raise UsageError("there is a vault already", hint="runner vault status describes it")
    slot = runner.keys.create()
    report_slot(slot, f"made a vault that opens with a {slot.kind}", as_json=as_json)
