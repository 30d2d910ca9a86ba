"""``runner runs prune``."""

from __future__ import annotations

import time
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json
from agent.cli.parts import PARTS
from agent.cli.speech import document, say, table
from agent.errors import StoreFailed

if TYPE_CHECKING:
    from agent.runs.pruning import Pruned
    from agent.runs.run import Outline


@click.command(cls=QuietCommand)
@click.option("--keep", type=click.IntRange(1), metavar="N", help="Keep the newest N runs.")
@click.option("--older", metavar="AGE", help="Keep runs that ended less than this ago: 30d, 12h.")
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@as_json
def prune(keep: int | None, older: str | None, *, dry_run: bool, as_json: bool) -> int:
    """Take old runs away, record and artifacts.

    With both options a run goes only when neither keeps it; without any, what the settings say
    counts. Never goes: a run that is queued or running, the newest of its task, one whose artifacts
    wait for the store. Files in an --output folder are left alone. The audit trail stays whole.
    """
    rule = PARTS["rule"](keep, None if older is None else PARTS["seconds_of"](older))
    pruned = open_runner().left.prune(rule, time.time(), only_say=dry_run)
    if as_json:
        gone = [asdict(run) for run in pruned.gone]
        document({"dry_run": dry_run, "gone": gone, "rests": list(pruned.rests), "why": pruned.why})
    else:
        _tell(pruned, dry_run=dry_run)
    return StoreFailed.exit_code if pruned.why else 0


def _tell(pruned: Pruned, *, dry_run: bool) -> None:
    if pruned.gone:
        rows = [(run.id, run.task, run.state, _day(run)) for run in pruned.gone]
        table(("run", "task", "status", "ended"), rows)
    say(f"{len(pruned.gone)} runs {'would go' if dry_run else 'gone'}")
    if pruned.rests:
        say(f"{len(pruned.rests)} have rests in the store; they go with the next prune")
    if pruned.why:
        say(f"error: {pruned.why}")


def _day(run: Outline) -> str:
    ended = datetime.fromtimestamp(run.finished_at or run.created_at).astimezone()
    return ended.isoformat(" ", "minutes")
