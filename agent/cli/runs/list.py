"""``runner runs list``."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json
from agent.cli.speech import document, say, table

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
        rows = [(r.id, r.task, r.state.value, r.outcome or "", _begun(r), _took(r)) for r in runs]
        table(("run", "task", "status", "outcome", "begun", "seconds"), rows)


def _document(run: Run) -> dict[str, Any]:
    return {
        "run_id": run.id,
        "task": run.task,
        "status": run.state.value,
        "outcome": run.outcome,
        "created_at": run.created_at,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
    }


def _begun(run: Run) -> str:
    begun = datetime.fromtimestamp(run.started_at or run.created_at).astimezone()
    return begun.isoformat(" ", "seconds")


def _took(run: Run) -> str:
    if run.started_at is None or run.finished_at is None:
        return ""
    return f"{run.finished_at - run.started_at:.2f}"
