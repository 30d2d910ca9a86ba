"""``runner db move``."""

from __future__ import annotations

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import described, open_runner
from agent.cli.options import as_json, no_input
from agent.cli.parts import PARTS
from agent.cli.speech import document, tell


@click.command(cls=QuietCommand)
@click.option(
    "--to", metavar="URL", required=True, help="postgresql://user@host/database; no password in it."
)
@no_input
@as_json
def move(to: str, *, no_input: bool, as_json: bool) -> None:
    """Move everything from the data folder's file to PostgreSQL.

    No run may go on and no worker be there; the new database must be empty. Every row is compared
    with what it was. Cut short at any moment, the same command once more finishes it. The file is
    kept, and takes nothing any more. Key and anchor stay where they are. A password comes from a
    password file (PGPASSFILE) or PGPASSWORD.
    """
    target = PARTS["address"].of(to, "--to")
    PARTS["refuse_password"](target)
    settings, _ = described(no_input=no_input)
    if PARTS["look_at"](settings.database).mark is None:
        runner = open_runner(no_input=no_input)
        runner.keys.may_move()
        runner.store.engine.dispose()
    counts = PARTS["move"](settings.database, target).carry_out()
    if as_json:
        document({"to": str(target), "rows": dict(counts)})
    else:
        tell(f"moved {sum(counts.values())} rows, each as it was, to {target}")
        tell(f"from now on: RUNNER_DATABASE_URL={target}")
