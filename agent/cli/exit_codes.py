"""What the exit codes of ``runner`` mean; scripts rely on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.errors import ArtifactWithheld, RunInterrupted, RunnerError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.runs.report import Report

PASSED = 0
FAILED = 1
DIFFERENT = 8

MEANINGS = {
    0: "passed",
    1: "a step or an expectation failed",
    2: "wrong usage, or an invalid task",
    3: "this machine lacks something: no browser, no display",
    4: "a secret is missing, denied or not bound",
    5: "time-out",
    6: "login failed; the outcome says how",
    7: "an artifact was withheld: it could not be shown to be clean",
    8: "two runs differ (runner diff)",
    130: "interrupted",
}


# From the worst to the best: what says that nothing can be relied on comes first.
WORST_FIRST = (130, 3, 2, 4, 6, 5, 1, 7, 0)


def worst(codes: Iterable[int]) -> int:
    """Give the worst of several exit codes; 0 for none."""
    return min(codes, key=WORST_FIRST.index, default=PASSED)


def exit_code(report: Report) -> int:
    """Give the exit code of a run that ended with ``report``, or that was left before its end."""
    if report.status not in ("succeeded", "failed"):
        return RunInterrupted.exit_code
    if report.error is not None:
        return _codes(RunnerError).get(report.error.code, FAILED)
    if any(artifact.state == "withheld" for artifact in report.artifacts):
        return ArtifactWithheld.exit_code
    return PASSED if report.status == "succeeded" else FAILED


def _codes(kind: type[RunnerError]) -> dict[str, int]:
    found = {kind.code: kind.exit_code}
    for narrower in kind.__subclasses__():
        found |= _codes(narrower)
    return found
