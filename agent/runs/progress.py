"""Keeps, for whoever asks meanwhile or afterwards, how far a run has come."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from agent.runs.patience import written
from agent.runs.report import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.planner import Plan
    from agent.runs.claim import Claim
    from agent.runs.course import Course
    from agent.runs.walk import Place
    from agent.steps.step import Step


class Noting(Protocol):
    """The part of a store that is needed; both calls may block."""

    def step_started(self, claim: Claim, index: int, title: str) -> bool:
        """Note which step begins."""

    def so_far(self, claim: Claim, report: str) -> bool:
        """Keep how far the run has come."""


@dataclass(slots=True)
class Keeping:
    """The progress of one run; ``results`` are its context's and grow with it.

    A database that is away is waited for: what is noted before an act must be.
    """

    claim: Claim
    course: Course
    store: Noting
    results: dict[str, Any]
    _now: Progress = field(default_factory=Progress)

    def begin(self, plan: Plan) -> Iterator[tuple[int, Step]]:
        """Give the steps to do, each with its number from 0: all, or those left to a second run."""
        start = plan.start
        if start is not None:
            self.results.update(start.results)
            self._now = Progress(start.first, start.done, (), self.results)
            self.course.progress = self._now
        for top, step in enumerate(plan.steps):
            if start is None or start.does(top):
                yield top, step
            else:
                self.course.passed_over(str(top + 1), step.type, step.title)

    async def note(self, place: Place, step: Step, title: str) -> None:
        """Keep that a step begins; of one marked so also that the run can go on from it."""
        inside = f"{place.text} " if "." in place.text else ""
        await written(self.store.step_started, self.claim, place.top, f"{inside}{title}")
        if step.checkpoint:
            await self._keep(replace(self._now, checkpoint=place.top))
        if step.once:
            await self._keep(replace(self._now, begun=(*self._now.begun, place.top)))

    async def noted_done(self, place: Place) -> None:
        """Keep that a step is done which must not be done again."""
        begun = tuple(top for top in self._now.begun if top != place.top)
        await self._keep(replace(self._now, begun=begun, done=(*self._now.done, place.top)))

    async def _keep(self, now: Progress) -> None:
        self._now = self.course.progress = replace(now, results=dict(self.results))
        text = self.course.so_far().to_json()
        await written(self.store.so_far, self.claim, text)
