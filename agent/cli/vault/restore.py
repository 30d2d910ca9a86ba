"""``runner vault restore``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json, no_input
from agent.cli.speech import document, tell
from agent.errors import UsageError

if TYPE_CHECKING:
    from agent.runner import Runner


@click.command(cls=QuietCommand)
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option(
    "--accept-present", is_flag=True, help="Take the database that is there, though it is older."
)
@click.option("--yes", is_flag=True, help="Do not ask whether it is meant.")
@no_input
@as_json
@click.pass_context
def restore(context: click.Context, /, **_: object) -> None:
    """Put a backup in the database's place.

    FILE is what runner vault backup wrote; today's key must open it. What was there before is kept
    beside the database. Secrets and runs go back to the time of the backup; the audit trail says
    so. With --accept-present and without FILE, the database that is there is taken for the newest
    state: for someone who put an older copy of the machine back.
    """
    given = context.params
    file, accept = given["file"], given["accept_present"]
    if (file is None) != accept:
        raise UsageError("name a backup, or --accept-present", hint="runner vault restore --help")
    runner = open_runner(no_input=given["no_input"])
    if not given["yes"] and not given["no_input"] and sys.stdin.isatty():
        click.confirm("Go back to an older state of the vault?", abort=True, err=True)
    elif not given["yes"]:
        raise UsageError("going back to an older state must be meant", hint="--yes says so")
    before = _restore(runner, file)
    if given["as_json"]:
        document({"kept": None if before is None else str(before)})
    elif file is None:
        tell("the database that is there is the newest state now; the audit trail says so")
    else:
        kept = f"; what was there is {before}" if before else ""
        tell(f"restored {file}{kept}")


def _restore(runner: Runner, file: Path | None) -> Path | None:
    if file is None:
        runner.keys.accept_present()
        return None
    return runner.keys.restore(file)
