"""The story of a run out of its events: steps in order, what was said, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from agent.api.dashboard.words import seconds
from agent.errors import RunnerError
from agent.planner import Plan
from agent.runs.chronicle import CODE_WANTED
from agent.runs.takeovers import OF_A_PERSON, WENT_ON

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from agent.runs.events import RunEvent
    from agent.runs.report import Report
    from agent.runs.run import Run

_TONES: Final = {"passed": "good", "failed": "bad", "running": "busy"}
_TOLD: Final = {
    "queued": "queued",
    "started": "a worker began",
    "cancel_asked": "asked to stop",
    CODE_WANTED: "asks for a one-time code",
    "requeued": "its worker went away; queued again",
    "ended": "ended",
}
_OF_AN_ATTEMPT: Final = frozenset({"started", "requeued"})
"""The events with which all that an earlier attempt did, or waited for, is over."""
_HELP: Final = {
    "given_back": "the page was given back",
    "went_on": "the page went on by itself",
    "late": "nobody came in time",
}


@dataclass(slots=True)
class StepStory:
    """One step as the page shows it; ``status`` is a word, ``more`` are lines below it."""

    title: str
    status: str = "not begun"
    took: str = ""
    more: list[str] = field(default_factory=list)

    @property
    def tone(self) -> str:
        """The colour's name."""
        return _TONES.get(self.status, "")


@dataclass(frozen=True, slots=True)
class Advice:
    """How a run ended, in words, and what to do next."""

    text: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of the log; ``at`` is in Unix seconds."""

    at: float
    text: str


def lines_of(run: Run) -> Sequence[str]:
    """Give the titles of a run's planned steps; none for a plan of another version."""
    return _titles(run.params)


@lru_cache(maxsize=64)
def _titles(params: str) -> tuple[str, ...]:
    # A plan is checked as it is read, which takes longer than all the rest of the page.
    try:
        return tuple(step.title for step in Plan.from_json(params).steps)
    except RunnerError:
        return ()


def steps_of(planned: Sequence[str], events: Iterable[RunEvent]) -> list[StepStory]:
    """Tell the steps that began, in order, and behind them those that are still to come."""
    told: dict[int, StepStory] = {}
    newest: StepStory | None = None
    for event in events:
        data = event.data
        if event.kind in _OF_AN_ATTEMPT:
            told, newest = {}, None
        elif event.kind == "step_started":
            newest = told[int(data["line"])] = StepStory(str(data["title"]), "running")
        elif event.kind == "step_finished":
            newest = told.setdefault(int(data["line"]), StepStory(str(data["title"])))
            _finish(newest, data)
        elif event.kind in ("moved", "notice", "needs_person") and newest is not None:
            newest.more.append(str(data["text"]))
        elif event.kind == "ended":
            _stop(told.values())
    coming = [StepStory(title) for title in planned[len(told) :]]
    return [told[line] for line in sorted(told)] + coming


def log_of(events: Iterable[RunEvent]) -> list[LogLine]:
    """Tell what happened, a line each."""
    return [LogLine(event.at, _line(event)) for event in events]


def waiting_in(events: Sequence[RunEvent]) -> str:
    """Say what a run waits for, where a person has to do something."""
    # An attempt that was cut short waits for nobody any more.
    deciding = (one.kind for one in reversed(events) if one.kind in _OF_AN_ATTEMPT | OF_A_PERSON)
    if next(deciding, WENT_ON) not in {WENT_ON, *_OF_AN_ATTEMPT}:
        return "It waits for a person."
    asked = code_asked(events)
    if asked is None:
        return ""
    refused = "The site did not take the code. " if asked.data.get("again") else ""
    return f"{refused}It waits for a code of {asked.data.get('site', 'the site')}."


def code_asked(events: Sequence[RunEvent]) -> RunEvent | None:
    """Give the event by which a run asks for a one-time code; None where nothing is asked now."""
    return events[-1] if events and events[-1].kind == CODE_WANTED else None


def advice_of(run: Run, report: Report | None) -> Advice | None:
    """Say how a run ended and what to try; nothing for one that goes on."""
    if not run.state.ended:
        return None
    if report is not None and report.error is not None:
        return Advice(report.error.message, report.error.hint)
    if run.state.value == "succeeded":
        return Advice("Everything was done.")
    if run.state.value == "interrupted":
        at = f" at step {run.step + 1}, {run.step_title}" if run.step is not None else ""
        why = f" ({run.error})" if run.error else ""
        return Advice(f"It stopped half-way{at}{why}.", "Look at what it did before you run again.")
    return Advice(run.error or f"It ended as {run.state.value}.")


def _finish(step: StepStory, data: Any) -> None:
    step.status = str(data["status"]).replace("_", " ")
    step.took = seconds(float(data["seconds"]))
    if data.get("outcome") not in (None, "", "passed", data["status"]):
        step.more.append(str(data["outcome"]).replace("_", " "))


def _stop(steps: Iterable[StepStory]) -> None:
    for step in steps:
        if step.status == "running":
            step.status = "interrupted"


def _line(event: RunEvent) -> str:
    data = event.data
    if event.kind == "ended":
        return f"ended: {data.get('outcome') or data.get('state', '')}"
    if event.kind == "artifact":
        why = f", {data['reason']}" if data.get("reason") else ""
        return f"{data['kind']} {data['state']}{why}".replace("_", " ")
    if event.kind == "taken_over":
        return f"{data['who']} took the page over"
    if event.kind == "went_on":
        return _HELP.get(str(data["how"]), "went on")
    if event.kind == "requeued" and data.get("why"):
        return f"{data['why']}; begun again in {data['after']:g} s"
    if event.kind == "step_finished":
        return f"{data['title']}: {data['status']}".replace("_", " ")
    told = data.get("text") or data.get("title") or _TOLD.get(event.kind, event.kind)
    return str(told).replace("_", " ") if event.kind in _TOLD else str(told)
