"""``runner vault backup``."""

from __future__ import annotations

from pathlib import Path

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json, no_input
from agent.cli.speech import document, tell


@click.command(cls=QuietCommand)
@click.argument("file", type=click.Path(path_type=Path))
@no_input
@as_json
def backup(file: Path, *, no_input: bool, as_json: bool) -> None:
    """Write a sealed copy of the database.

    FILE must not be there yet. It holds the secrets and the runs, as sealed as the database is, and
    no key: keep the key file somewhere else. The vault must open, since its audit trail says that
    a copy was made.
    """
    open_runner(no_input=no_input).keys.backup(file)
    if as_json:
        document({"path": str(file)})
    else:
        tell(f"wrote {file}; without its key it cannot be read, so keep the key too, elsewhere")
