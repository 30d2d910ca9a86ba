"""How far a run has come: filled while it goes on, read once for its report."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from agent.errors import (
    ArtifactWithheld,
    LoginFailed,
    RunInterrupted,
    RunnerError,
    RunTimeout,
    StepFailed,
)
from agent.runs.report import ArtifactLine, ErrorLine, Progress, Report, StepNote, StepReport
from agent.runs.states import State

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from agent.planner import Plan
    from agent.runs.watcher import Watcher

PASSED = "passed"
MOST_LINES = 20_000


class Kept(Protocol):
    """What a report tells of an artifact."""

    @property
    def kind(self) -> str:
        """Its kind, as in the table of kinds."""

    @property
    def path(self) -> Path:
        """Where it is."""

    @property
    def state(self) -> str:
        """``kept`` or ``withheld``."""

    @property
    def reason(self) -> str:
        """Why it was withheld."""

    @property
    def key(self) -> str:
        """Its path below the run's folder."""

    @property
    def sha256(self) -> str:
        """The hex digest of what was kept."""

    @property
    def size(self) -> int:
        """Its size in bytes."""


@dataclass(slots=True)
class Course:
    """The steps done, the first error, and what was kept.

    The first error is the run's; what goes wrong after it is a consequence. ``titles`` are kind and
    title of the task's own steps, and ``reached`` how many of these have begun.
    """

    run_id: str
    task: str
    titles: tuple[tuple[str, str], ...]
    started_at: float = field(default_factory=time.time)
    clock: float = field(default_factory=time.monotonic)
    steps: list[StepReport] = field(default_factory=list)
    result: Mapping[str, Any] = field(default_factory=dict)
    artifacts: list[ArtifactLine] = field(default_factory=list)
    error: RunnerError | None = None
    progress: Progress | None = None
    reached: int = 0
    environment: Mapping[str, str] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    notes: list[tuple[int, str, str, float]] = field(default_factory=list)
    begun: float = 0.0
    tried: bool = False
    """Whether a password or a code went out, or nobody can say."""

    @classmethod
    def of(cls, run_id: str, plan: Plan) -> Course:
        """Begin the course of a plan."""
        return cls(run_id, plan.task_name, tuple((one.type, one.title) for one in plan.steps))

    def fail(self, error: RunnerError) -> None:
        """Note an error; only the first one is told."""
        if self.error is None:
            self.error = error

    def begin(self, at: str, kind: str, title: str) -> int:
        """Open the line of a step that begins; gives its number. It is ``stopped`` until it ends.

        Raises ``StepFailed`` when a run has more lines than anyone will read.
        """
        if len(self.steps) >= MOST_LINES:
            raise StepFailed(
                f"the run has more than {MOST_LINES} steps", hint="let its loops take fewer turns"
            )
        if "." not in at:
            self.reached = int(at)
        self.begun = time.monotonic()
        line = StepReport(len(self.steps), kind, title, "failed", "stopped", 0.0, at)
        self.steps.append(replace(line, began=round(self.begun - self.clock, 3)))
        return len(self.steps) - 1

    def noticed(self, watcher: Watcher, text: str) -> None:
        """Note what a person should know, and tell who watches."""
        self.notices.append(text)
        watcher.notice(text)

    def tell(self, line: int, seen: str, did: str) -> None:
        """Note a moment inside the step of a line, values and all: told once that is cleaned."""
        self.notes.append((line, seen, did, round(time.monotonic() - self.begun, 3)))

    def waited(self, line: int, seconds: float) -> None:
        """Note that the step of a line waited for a one-time code, again or for the first time."""
        before = self.steps[line]
        self.steps[line] = replace(before, waited=round(before.waited + seconds, 3))

    def done(self, line: int, outcome: str, seconds: float, *, failed: bool) -> StepReport:
        """Note how the step of a line ended."""
        status = "failed" if failed else PASSED
        ended = replace(self.steps[line], status=status, outcome=outcome, seconds=round(seconds, 3))
        self.steps[line] = ended
        return ended

    def where(self) -> str:
        """Say after which step the run stands, and in which."""
        if not self.steps:
            return " before its first step"
        last = self.steps[-1]
        passed = [step.at for step in self.steps if step.status == PASSED]
        after = f" after step {passed[-1]}" if passed else ""
        return after if last.status == PASSED else f"{after}, in step {last.at}, {last.title}"

    def passed_over(self, at: str, kind: str, title: str) -> None:
        """Note a step that was done before the run went on, and is not done again."""
        self.reached = int(at)
        line = StepReport(len(self.steps), kind, title, "not_run", "done_before", 0.0, at)
        self.steps.append(line)

    def kept(self, artifacts: Sequence[Kept]) -> None:
        """Take over the list of what was kept and withheld so far."""
        self.artifacts = [
            ArtifactLine(
                one.kind, str(one.path), one.state, one.reason, one.key, one.sha256, one.size
            )
            for one in artifacts
        ]

    def report(self, stopped: State = State.INTERRUPTED) -> Report:
        """Write the report as things stand; ``stopped`` is the state of a run that was stopped."""
        withheld = [line for line in self.artifacts if line.state == "withheld"]
        if withheld:
            self.fail(_withheld(withheld))
        return Report(
            run_id=self.run_id,
            task=self.task,
            status=self._state(stopped).value,
            outcome=outcome_of(self.error),
            steps=(*self._with_notes(), *self._not_run()),
            result=self.result,
            artifacts=tuple(self.artifacts),
            error=ErrorLine.of(self.error) if self.error else None,
            started_at=self.started_at,
            seconds=round(time.monotonic() - self.clock, 3),
            progress=self.progress if self.error is not None else None,
            environment=self.environment,
            notices=tuple(self.notices),
        )

    def so_far(self) -> Report:
        """Write the report of a run that goes on, for the case that it never writes another."""
        return Report(
            run_id=self.run_id,
            task=self.task,
            status=State.RUNNING.value,
            outcome=State.RUNNING.value,
            steps=(*self.steps, *self._not_run()),
            started_at=self.started_at,
            progress=self.progress,
        )

    def _with_notes(self) -> list[StepReport]:
        steps = list(self.steps)
        for line, seen, did, seconds in self.notes:
            notes = (*steps[line].notes, StepNote(seen, did, seconds))
            steps[line] = replace(steps[line], notes=notes)
        return steps

    def _state(self, stopped: State) -> State:
        if isinstance(self.error, RunInterrupted):
            return stopped
        # A withheld artifact is not the task's failure: what was to be done is done.
        done = self.error is None or isinstance(self.error, ArtifactWithheld)
        return State.SUCCEEDED if done else State.FAILED

    def _not_run(self) -> list[StepReport]:
        left = enumerate(self.titles[self.reached :], start=self.reached + 1)
        return [
            StepReport(len(self.steps) + place, kind, title, "not_run", "not_run", 0.0, str(at))
            for place, (at, (kind, title)) in enumerate(left)
        ]


def outcome_of(error: RunnerError | None) -> str:
    """Name an ending in one word: ``passed``, a log-in's outcome, or the error's code."""
    if isinstance(error, LoginFailed):
        return error.outcome
    return PASSED if error is None else error.code


def told_as(error: RunnerError | asyncio.CancelledError, course: Course) -> RunnerError:
    """Give the error a report tells, where the run may have been stopped from outside."""
    if isinstance(error, RunnerError):
        return error
    return RunInterrupted(f"the run was stopped{course.where()}", hint="run it again, or resume it")


def late(longest: float) -> RunTimeout:
    """Make the error of a run that took longer than ``longest`` seconds."""
    return RunTimeout(
        f"the run took longer than {longest:g} s",
        hint="give it more with --timeout, or look at the trace for what it waited for",
    )


def _withheld(lines: list[ArtifactLine]) -> ArtifactWithheld:
    first = lines[0]
    more = f" and {len(lines) - 1} more" if len(lines) > 1 else ""
    return ArtifactWithheld(
        f"the {first.kind} was withheld{more}: {first.reason}",
        hint="nothing unclean was kept; the note beside the report names the rule and the place",
    )
