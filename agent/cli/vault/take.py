"""``runner vault import``."""

from __future__ import annotations

from pathlib import Path

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json, no_input
from agent.cli.parts import PARTS
from agent.cli.speech import document, tell
from agent.errors import UsageError


@click.command("import", cls=QuietCommand)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--identity",
    type=click.Path(path_type=Path),
    help="A file with the age identity or SSH key that opens it; else the passphrase is asked for.",
)
@no_input
@as_json
def take(file: Path, identity: Path | None, *, no_input: bool, as_json: bool) -> None:
    """Add the secrets of an export.

    FILE is what runner vault export wrote. All are added, under their own ids, or none.
    """
    runner = open_runner(no_input=no_input)
    if identity is not None:
        seal = PARTS["seal"](keys=_keys(identity))
    elif no_input:
        raise UsageError("nothing is named that opens the export", hint="--identity FILE")
    else:
        passphrase = click.prompt("Passphrase of the export (hidden)", hide_input=True, err=True)
        seal = PARTS["seal"](passphrase=passphrase)
    names = runner.keys.take(_read(file), seal)
    if as_json:
        document({"imported": names})
    else:
        tell(f"imported {len(names)}: {', '.join(names)}")


def _keys(path: Path) -> list[str]:
    text = _read(path).decode("utf-8", "replace")
    if text.startswith("-----BEGIN"):
        return [text]
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
