"""``runner vault export``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json, no_input
from agent.cli.parts import PARTS
from agent.cli.passphrases import ask_new_passphrase
from agent.cli.speech import document, tell
from agent.errors import UsageError


@click.command(cls=QuietCommand)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--recipient", "recipients", multiple=True, help="An age or SSH public key; repeat for more."
)
@no_input
@as_json
def export(file: Path, recipients: tuple[str, ...], *, no_input: bool, as_json: bool) -> None:
    """Write the secrets, with their values, to an age file.

    FILE must not be there yet. It opens with the stock age program, for the recipients named, or
    with a passphrase that is asked for where none is named. Each secret's export is in the audit
    trail.
    """
    runner = open_runner(no_input=no_input)
    if recipients:
        seal = PARTS["seal"](keys=recipients)
    elif no_input:
        raise UsageError("nobody is named who may open the export", hint="--recipient age1…")
    else:
        seal = PARTS["seal"](passphrase=ask_new_passphrase())
    _write(file, lambda: runner.keys.export(seal))
    if as_json:
        document({"path": str(file)})
    else:
        tell(f"wrote {file}: who can open it has every value in it")


def _write(path: Path, content: Any) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", hint="name a new file") from None
    with os.fdopen(descriptor, "wb") as file:
        try:
            file.write(content())
        except BaseException:
            path.unlink()
            raise
