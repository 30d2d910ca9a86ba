"""``runner runs list``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json
from agent.cli.speech import document, moment, say, table

if TYPE_CHECKING:
    from agent.runs.run import Run


@click.command("list", cls=QuietCommand)
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many.")
@as_json
def list_command(limit: int, *, as_json: bool) -> None:
    """List the newest runs."""
    runs = open_runner().runs(limit)
    if as_json:
        document([_document(run) for run in runs])
    elif not runs:
        say("no runs yet: runner run TASK")
    else:
        rows = [(r.id, r.task, r.state.value, _outcome(r), _begun(r), _took(r)) for r in runs]
        table(("run", "task", "status", "outcome", "begun", "seconds"), rows)


def _document(run: Run) -> dict[str, Any]:
    return {
        "run_id": run.id,
        "task": run.task,
        "status": run.state.value,
        "outcome": run.outcome,
        "queue": run.pool,
        "labels": run.labels.split(),
        "priority": run.priority,
        "not_before": run.not_before,
        "created_at": run.created_at,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
    }


def _outcome(run: Run) -> str:
    if run.state.value != "queued":
        return run.outcome or ""
    place = " ".join([run.pool, *run.labels.split()])
    return f"in {place}" if run.not_before is None else f"in {place}, from {moment(run.not_before)}"


def _begun(run: Run) -> str:
    return moment(run.started_at or run.created_at)


def _took(run: Run) -> str:
    if run.started_at is None or run.finished_at is None:
        return ""
    return f"{run.finished_at - run.started_at:.2f}"
