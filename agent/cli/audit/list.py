"""``runner audit list``."""

from __future__ import annotations

import click

from agent.cli.audit.rows import row_document
from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json, no_input
from agent.cli.speech import document, say, table

COLUMNS = ("seq", "at", "actor", "action", "object", "outcome", "run_id", "origin", "detail")


@click.command("list", cls=QuietCommand)
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="How many.")
@no_input
@as_json
def list_command(limit: int, *, no_input: bool, as_json: bool) -> None:
    """List the newest audit rows."""
    rows = open_runner(no_input=no_input).keys.audit_rows()[-limit:]
    if as_json:
        document([row_document(row) for row in rows])
    elif not rows:
        say("there is no vault yet, and nothing to tell of it")
    else:
        table(COLUMNS, [[str(row[name]) for name in COLUMNS] for row in rows])
