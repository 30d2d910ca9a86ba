"""A finished run, told to people: what it read on standard output, the rest aside."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from agent.cli.speech import say, table, tell

if TYPE_CHECKING:
    from agent.runs.report import ArtifactLine, Report, StepReport
    from agent.runs.takeover import Takeover

MARKS = {"passed": "✓", "failed": "✗", "not_run": "-"}


def show_steps(report: Report) -> None:
    """List the steps; a run that is being followed has listed them already."""
    rows = [
        (
            MARKS.get(step.status, "?"),
            step.at or str(step.index + 1),
            step.title,
            step.outcome,
            took(step),
        )
        for step in report.steps
    ]
    if rows:
        table(("", "step", "", "outcome", "seconds"), rows, aside=True)


def show_end(report: Report) -> None:
    """Tell how a run ended, what it left, and what it read."""
    left_out = sum(step.status == "not_run" for step in report.steps)
    if left_out:
        say(f"-  {left_out} more not run")
    say(f"{report.status}: {report.outcome}, {report.seconds:.2f} s")
    if report.error is not None:
        say(f"error: {report.error.message}")
        if report.error.hint:
            say(f"hint: {report.error.hint}")
    for artifact in report.artifacts:
        say(_artifact(artifact))
    if any(artifact.kind == "trace" and artifact.state == "kept" for artifact in report.artifacts):
        say(f"open the trace: runner show-trace {report.run_id}")
    if report.result:
        tell(json.dumps(dict(report.result), ensure_ascii=False, indent=2))


def show_needed(needed: Takeover) -> None:
    """Say that a run waits for a person, and where to go."""
    left = max(0.0, needed.until - needed.now)
    say(f"it waits for a person, {left:.0f} s more: {needed.message}")
    if needed.held:
        say(f"{needed.holder_name} has its page")
    else:
        say(f"take it over: /runs/{needed.run_id} on the dashboard (runner serve)")


def needed_document(needed: Takeover | None) -> dict[str, Any]:
    """Say the same to a program; nothing for a run that waits for nobody."""
    if needed is None:
        return {}
    told = {"why": needed.why, "message": needed.message, "until": needed.until}
    return {"needs_person": told | {"held_by": needed.holder_name if needed.held else None}}


def took(step: StepReport) -> str:
    """Give a step's time; a step that was not run took none."""
    return "" if step.status == "not_run" else f"{step.seconds:.2f}"


def _artifact(artifact: ArtifactLine) -> str:
    if artifact.state == "withheld":
        return f"{artifact.kind}: withheld: {artifact.reason}"
    told = {
        "pending": " (waits where it ran: runner runs push)",
        "lost": f" (lost: {artifact.reason})",
    }
    return f"{artifact.kind}: {artifact.path}{told.get(artifact.delivery, '')}"
