"""``runner db status``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import described
from agent.cli.options import as_json
from agent.cli.parts import PARTS
from agent.cli.speech import document, table, tell

_SAID = {
    "empty": "none yet: whoever opens it first makes it",
    "behind": "behind this program: runner db migrate, or any command that opens it",
    "current": "current",
    "newer": "newer than this program, which does not open it",
}


@click.command(cls=QuietCommand)
@as_json
def status(*, as_json: bool) -> None:
    """Show where the database is, how new its schema is, and what is in it.

    Changes nothing, and needs no key.
    """
    settings, _ = described(no_input=True)
    found = PARTS["look_at"](settings.database)
    if as_json:
        document(asdict(found))
        return
    tell(f"database  {found.address}")
    tell(f"schema    {_SAID[found.age]}{_named(found.revisions)}")
    if found.mark is not None:
        tell(f"moved     {_moved(found.mark)}")
    table(("table", "rows"), [(name, str(count)) for name, count in found.rows.items() if count])


def _named(revisions: tuple[str, ...]) -> str:
    return f" ({', '.join(revisions)})" if revisions else ""


def _moved(mark: Any) -> str:
    if mark.state == "left":
        return f"to {mark.other}; here it is only kept"
    arriving = "; not finished, and it counts there: runner db move once more"
    return f"from {mark.other}{arriving if mark.state == 'arriving' else ''}"
