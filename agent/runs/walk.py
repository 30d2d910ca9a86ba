"""Walks through the steps of a plan, those inside steps too, and notes how each ended."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

from agent.errors import RunnerError
from agent.runs.course import outcome_of
from agent.runs.retrying import tried_again

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from contextlib import AbstractAsyncContextManager

    from agent.runs.course import Course
    from agent.runs.watcher import Watcher
    from agent.steps.context import StepContext, Turn
    from agent.steps.step import Step

LONGEST_TITLE = 300


class Stopped(Exception):
    """A step failed; everything about it has been noted, and nothing after it is done."""

    def __init__(self, error: RunnerError) -> None:
        super().__init__(error.message)
        self.error = error


@dataclass(frozen=True, slots=True)
class Place:
    """Where a step stands: ``top`` is the task's own step it is or is inside of, from 0."""

    text: str
    top: int

    def inside(self, number: int, turn: int) -> Place:
        """Give the place of a step inside, counted from 1; of turn 0 nothing is said."""
        return Place(f"{self.text}.{number}" + (f"[{turn}]" if turn else ""), self.top)


class Ground(Protocol):
    """What a walk needs of the run around it."""

    def check(self) -> None:
        """Raise ``RunInterrupted`` unless the run may still act."""

    async def note(self, place: Place, step: Step, title: str) -> None:
        """Keep, for whoever asks meanwhile or afterwards, that a step begins."""

    async def noted_done(self, place: Place) -> None:
        """Keep that a step is done which must not be done again."""

    def alone(self, step: Step) -> AbstractAsyncContextManager[Callable[[], Awaitable[None]]]:
        """Let a step that tries a password out do it while no other run does.

        Gives what a step calls that has been signed in and goes on with something else.
        """

    async def explained(self, failed: RunnerError, words: str) -> RunnerError:
        """Say of an error where it happened, without a secret."""

    def wants_picture(self, *, failed: bool) -> bool:
        """Tell whether a picture is taken after a step."""


@dataclass(frozen=True, slots=True)
class Walk:
    """One walk through a plan; ``course`` gets a line for every step that begins."""

    course: Course
    watcher: Watcher
    ground: Ground

    async def all(self, steps: Iterable[tuple[int, Step]], context: StepContext) -> None:
        """Do the task's own steps, each with its number from 0. Raises ``Stopped``."""
        for top, step in steps:
            await self._one(step, context, Place(str(top + 1), top))

    async def _one(self, step: Step, context: StepContext, place: Place) -> None:
        self.ground.check()
        ready, unready = _with_values(step, context)
        title = " ".join(ready.title.split())[:LONGEST_TITLE]
        line = self.course.begin(place.text, step.type, title)
        self.watcher.step_started(line, title)
        outcome, error, inside, started = "", unready, False, time.monotonic()
        try:
            if unready is None:
                outcome = await self._carried_out(ready, self._told(context, line), place, title)
        except Stopped as stopped:
            error, inside = stopped.error, True
        except RunnerError as failed:
            error = failed
        except asyncio.CancelledError:
            self.course.done(line, "stopped", time.monotonic() - started, failed=True)
            raise
        seconds = time.monotonic() - started
        if not inside:
            error = await self._looked_at(error, ready, context, (place, line, title))
        ended = outcome_of(error) if error else outcome
        done = self.course.done(line, ended, seconds, failed=error is not None)
        self.watcher.step_finished(done)
        if error is not None:
            raise Stopped(error)

    def _told(self, context: StepContext, line: int) -> StepContext:
        """Have what a step tells of itself noted in its line."""
        told, waited = partial(self.course.tell, line), partial(self.course.waited, line)
        return replace(context, tell=told, waited=waited)

    async def _looked_at(
        self,
        error: RunnerError | None,
        step: Step,
        context: StepContext,
        where: tuple[Place, int, str],
    ) -> RunnerError | None:
        """Say where an error happened, and take the picture; for one inside that was done there."""
        place, line, title = where
        if error is not None:
            error = await self.ground.explained(error, f"step {place.text}, {title}")
        if self.ground.wants_picture(failed=error is not None):
            await context.take_picture(f"{line + 1:02d}-{step.type}")
        return error

    async def _carried_out(self, step: Step, context: StepContext, place: Place, title: str) -> str:
        noted = asyncio.create_task(self.ground.note(place, step, title))
        try:
            if step.once or step.checkpoint:
                await noted  # what must not be done twice is noted before it is done
            if step.changes_at_once:
                await context.session.settled()
            async with context.session.titled(title):
                outcome = await self._attempts(step, context, place)
            context.session.guard.check()
            if step.once:
                await self.ground.noted_done(place)
        finally:
            await noted
        return outcome

    async def _attempts(self, step: Step, context: StepContext, place: Place) -> str:
        once = partial(self._once, step, context, place)
        if step.retry is None:
            return await once()
        attempts, spent = step.retry.attempts, context.secrets.spent

        def outcome(error: BaseException) -> str:
            if context.secrets.spent == spent:
                return _outcome(error)
            # No password is tried twice, whatever else went wrong after it went out.
            context.notice(f"step {place.text}: not tried again, because a password was used")
            return ""

        def told(number: int, pause: float) -> None:
            words = f"step {place.text}: attempt {number} of {attempts} failed"
            context.notice(f"{words}; again in {pause:g} s")

        return await tried_again(step.retry, once, outcome, told)

    async def _once(self, step: Step, context: StepContext, place: Place) -> str:
        self.ground.check()
        inside = partial(self._inside, step, context, place)
        async with self.ground.alone(step) as accepted:
            ready = replace(context, carry_out=inside, accepted=accepted)
            return (await step.run(ready)).outcome

    async def _inside(
        self, step: Step, context: StepContext, place: Place, body: str, turn: Turn
    ) -> None:
        """Do the steps under one key of a step, with what they may name."""
        if turn.inputs is not None and turn.results is not None:
            inner = replace(context, inputs=turn.inputs, results=turn.results, names={})
        else:
            inner = replace(context, names={**context.names, **turn.names})
        number = 1
        for key, steps in step.bodies.items():
            if key == body:
                break
            number += len(steps)
        for at, one in enumerate(step.bodies.get(body, ()), start=number):
            await self._one(one, inner, place.inside(at, turn.number))


def _with_values(step: Step, context: StepContext) -> tuple[Step, RunnerError | None]:
    try:
        return step.resolved(context.scope), None
    except RunnerError as error:
        return step, error


def _outcome(error: BaseException) -> str:
    if isinstance(error, Stopped):
        return outcome_of(error.error)
    return outcome_of(error) if isinstance(error, RunnerError) else ""
