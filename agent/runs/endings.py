"""The report of a run that did not write one: still going, or its worker went away."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from agent.errors import RunInterrupted
from agent.runs.report import ErrorLine, Report
from agent.runs.states import State

if TYPE_CHECKING:
    from agent.runs.run import Run

LAPSED = "its worker stopped renewing the lease"
GONE = "its process is gone"
LEFT = "the process that waited for its turn is gone; nothing was done"
HINT = "it may have acted at the site already; look there, then run it again, or: runner resume"


def report_of(run: Run) -> Report:
    """Give the run's own report, or what its record alone can tell."""
    if run.report is not None:
        written = Report.from_json(run.report)
        return (
            written
            if written.status != State.RUNNING or not run.state.ended
            else _cut(run, written)
        )
    started = run.started_at or run.created_at
    return Report(
        run_id=run.id,
        task=run.task,
        status=run.state.value,
        outcome=run.outcome or run.state.value,
        error=_error(run),
        started_at=run.started_at,
        seconds=round((run.finished_at or started) - started, 3),
    )


def _cut(run: Run, written: Report) -> Report:
    """End the report of a run that got no further than to write how far it was."""
    return replace(
        written,
        status=run.state.value,
        outcome=run.outcome or run.state.value,
        error=_error(run),
        seconds=round((run.finished_at or 0) - (run.started_at or 0), 3),
    )


def _error(run: Run) -> ErrorLine | None:
    if run.state is not State.INTERRUPTED:
        return None
    where = "" if run.step is None else f" in step {run.step + 1}, {run.step_title}"
    return ErrorLine(RunInterrupted.code, f"interrupted{where}: {run.error}", HINT)
