"""The log of a process that goes on: one line for each thing that happens, with the run's id."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal, TextIO

from agent.telemetry.facts import (
    ATTEMPT,
    METHOD,
    OUTCOME,
    ROUTE,
    RUN,
    RUNNING,
    SECONDS,
    STATE,
    STATUS,
    WAITED,
    WITHHELD,
    Fact,
    facts,
)
from agent.telemetry.observer import Answered, Ended, Observer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from agent.runs.claim import Claim

Format = Literal["text", "json"]

_NAMES: Final = {
    RUN: "run",
    STATE: "state",
    OUTCOME: "outcome",
    ATTEMPT: "attempt",
    WAITED: "waited",
    WITHHELD: "withheld",
    METHOD: "method",
    ROUTE: "route",
    STATUS: "status",
    SECONDS: "seconds",
    RUNNING: "running",
}
_FAULT: Final = 500


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Log(Observer):
    """Writes lines to a stream, as JSON for programs or as text for people.

    What is written are facts (see ``facts``), the names of events and, of a failure nobody thought
    of, its class and the place in the program. People are not told of requests.
    """

    format: Format
    stream: TextIO = field(default_factory=lambda: sys.stderr)
    now: Callable[[], datetime] = _now

    def run_began(self, claim: Claim) -> None:
        """Write that a run begins."""
        self._write("run_began", {RUN: claim.run_id, ATTEMPT: claim.attempt})

    def run_ended(self, ended: Ended) -> None:
        """Write how a run ended."""
        report = ended.report
        told = {
            RUN: ended.run.id,
            STATE: report.status,
            OUTCOME: report.outcome,
            SECONDS: report.seconds,
            WAITED: ended.waited,
            WITHHELD: sum(line.state == "withheld" for line in report.artifacts) or None,
        }
        level = "info" if report.status == "succeeded" else "warning"
        self._write("run_ended", told, level)

    def runs_lost(self, run_ids: Sequence[str]) -> None:
        """Write a line for each."""
        for run_id in run_ids:
            self._write("run_lost", {RUN: run_id}, "warning")

    def failed(self, error: BaseException) -> None:
        """Write its class and where it was raised: its text may quote a value."""
        place, trace = "", error.__traceback__
        while trace is not None:
            place = f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}"
            trace = trace.tb_next
        self._write("failed", {}, "error", {"kind": type(error).__name__, "place": place})

    def warned(self, by: str, place: str) -> None:
        """Write that a library warned; see ``libraries``."""
        self._write("warned", {}, "warning", {"by": by, "place": place})

    def answered(self, answered: Answered) -> None:
        """Write that a request was answered; people read of those that failed only."""
        if self.format == "text" and answered.status < _FAULT:
            return
        told = {
            METHOD: answered.method,
            ROUTE: answered.route,
            STATUS: answered.status,
            SECONDS: answered.seconds,
            RUN: answered.run_id or None,
        }
        self._write("answered", told, "error" if answered.status >= _FAULT else "info")

    def event(self, name: str, given: Mapping[str, object] | None = None) -> None:
        """Write that the process itself did something."""
        self._write(name, given or {})

    def _write(
        self,
        event: str,
        given: Mapping[str, object],
        level: str = "info",
        beside: Mapping[str, str] | None = None,
    ) -> None:
        told: dict[str, Fact] = {_NAMES[key]: fact for key, fact in facts(given).items()}
        told |= beside or {}
        at = self.now()
        if self.format == "json":
            moment = at.isoformat(timespec="milliseconds")
            line = json.dumps({"at": moment, "level": level, "event": event, **told})
        else:
            rest = " ".join(f"{name}={fact}" for name, fact in told.items())
            line = f"{at.astimezone():%H:%M:%S} {event} {rest}".rstrip()
        # One write: lines of several threads do not mix.
        self.stream.write(line + "\n")
        self.stream.flush()
