"""Carries one run from its claim to its report. A newcomer reads this first.

::

    claim ─▶ private folder ─▶ vault opened for the run ─▶ browser session
          ─▶ each step, with a masked picture after it ─▶ raw recording
          ─▶ cleaned, checked again, published ─▶ report ─▶ fenced finish

Whatever happens on the way, three things hold: the private folder is gone, the values are wiped,
and the run's record says how it ended.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from agent.artifacts.camera import Camera
from agent.artifacts.extras import RECORDED, from_page, from_recording
from agent.artifacts.leavings import Leavings
from agent.browser.session import open_session
from agent.errors import RunInterrupted, RunnerError, RunTimeout
from agent.runs.course import PASSED, Course, outcome_of
from agent.runs.desk import CodeDesk
from agent.runs.lease import Lease
from agent.runs.states import State
from agent.runs.turn import Turns
from agent.steps.context import StepContext
from agent.vault.admission import Admission
from agent.vault.lockout import REJECTIONS, Lockouts, Use
from agent.vault.trials import Trials

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from agent.artifacts.raw import RawArtifact
    from agent.browser.folder import PrivateFolder
    from agent.browser.options import BrowserOptions
    from agent.browser.session import Session
    from agent.planner import Plan
    from agent.runs.claim import Claim
    from agent.runs.options import RunOptions
    from agent.runs.report import Report
    from agent.runs.store import RunStore
    from agent.runs.watcher import Watcher
    from agent.steps.step import Step
    from agent.vault.open import RunSecrets
    from agent.vault.store import Vault


@dataclass(frozen=True, slots=True)
class Tools:
    """What every run of this process is carried out with; made once by ``agent.wiring``.

    ``run_timeout`` is in seconds and counts for runs that set none.
    """

    vault: Vault
    store: RunStore
    browser: BrowserOptions
    private_folder: Callable[[], AbstractContextManager[PrivateFolder]]
    runs_folder: Path
    run_timeout: float


@dataclass(frozen=True, slots=True)
class Order:
    """One claimed run: what to do, how, and who watches."""

    claim: Claim
    plan: Plan
    options: RunOptions
    watcher: Watcher


async def execute(order: Order, tools: Tools) -> Report:
    """Carry out a claimed run and record its end; what went wrong stands in the report.

    The finish is fenced: a run whose lease was lost keeps the state the store gave it.
    """
    steps = tuple((step.type, step.title) for step in order.plan.steps)
    course = Course(order.claim.run_id, order.plan.task_name, steps)
    order.watcher.run_started(course.run_id, course.task)
    lease = Lease(order.claim, tools.store)
    try:
        with (
            tools.private_folder() as folder,
            await _opened(order, tools, lease) as secrets,
        ):
            place = tools.runs_folder / course.run_id
            leavings = Leavings(order.options.output or place, folder, secrets)
            work = _Work(order, tools, course, secrets, folder, lease, leavings)
            try:
                async with lease:
                    await _while_held(lease, work.carry_out())
            except (RunnerError, asyncio.CancelledError) as error:
                course.fail(_told_as(error))
            junit = "junit" in order.options.extras
            report = _told(course, leavings, lease.ending, junit=junit)
    except (RunnerError, asyncio.CancelledError) as error:
        course.fail(_told_as(error))
        report = course.report(lease.ending)
    tools.store.finish(order.claim, State(report.status), report.outcome, report.to_json())
    return report


async def _opened(order: Order, tools: Tools, lease: Lease) -> RunSecrets:
    """Open the run's secrets beside the loop: a source may take its time, and the lease goes on."""
    needs = {name: tuple(slot.needed) for name, slot in order.plan.slots.items()}
    admission = Admission(order.plan.mode, order.plan.sites(), needs)
    open_for_run = partial(tools.vault.open_for_run, order.plan.bindings, order.claim.run_id)
    async with lease:
        return await asyncio.to_thread(open_for_run, admission)


def _told_as(error: RunnerError | asyncio.CancelledError) -> RunnerError:
    if isinstance(error, RunnerError):
        return error
    return RunInterrupted("the run was stopped", hint="run it again")


def _told(course: Course, leavings: Leavings, stopped: State, *, junit: bool) -> Report:
    """Write the report while the values are still there to be masked in it, and publish it."""
    if course.error is not None:
        leavings.cleaned(course.error)
    course.result = leavings.cleaned_values(course.result)
    course.kept(leavings.kept)
    leavings.tell(course.report(stopped).document(), junit=junit)
    course.kept(leavings.kept)
    return course.report(stopped)


async def _while_held(lease: Lease, body: Coroutine[None, None, None]) -> None:
    """Carry ``body`` on for as long as the lease lasts. Raises ``RunInterrupted`` when it ends."""
    work = asyncio.create_task(body)
    lost = asyncio.create_task(lease.lost.wait())
    try:
        await asyncio.wait({work, lost}, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            lease.check()
        await work
    finally:
        for task in (work, lost):
            task.cancel()
        await asyncio.gather(work, lost, return_exceptions=True)


@dataclass(frozen=True, slots=True)
class _Work:
    """The part of a run that needs a browser."""

    order: Order
    tools: Tools
    course: Course
    secrets: RunSecrets
    folder: PrivateFolder
    lease: Lease
    leavings: Leavings

    async def carry_out(self) -> None:
        """Open a browser, carry the steps out, and publish what they left."""
        longest = self.order.options.timeout or self.tools.run_timeout
        deadline = asyncio.get_running_loop().time() + longest
        keeping: asyncio.Task[None] | None = None
        try:
            async with open_session(self._browser(), self.secrets, self.folder) as session:
                for notice in session.notices:
                    self.order.watcher.notice(notice)
                camera = Camera(session)
                await self._steps_until(deadline, longest, session, camera)
                shown = await from_page(session, self.order.options.extras)
                recording = await session.stop_recording()
                # Cleaning needs no browser any more: it goes on while the browser closes.
                keeping = asyncio.create_task(self._keep(recording, camera, shown))
                if shown:
                    # its downloads go with the browser
                    await keeping
        finally:
            if keeping is not None:
                await keeping

    def _browser(self) -> BrowserOptions:
        options = self.order.options
        return replace(
            self.tools.browser,
            headed=options.headed or self.tools.browser.headed,
            slow_mo=options.slow_mo or self.tools.browser.slow_mo,
            record=options.tracing != "off" or bool(options.extras & RECORDED),
        )

    async def _steps_until(
        self, deadline: float, longest: float, session: Session, camera: Camera
    ) -> None:
        context = self._context(session, camera)
        try:
            async with asyncio.timeout_at(deadline):
                for step in self.order.plan.steps:
                    await self._step(step, context)
                    if self.course.error is not None:
                        break
        except TimeoutError:
            self.course.fail(_late(longest))
        self.course.result = self.order.plan.result(context.results)
        if self.course.error is not None and self.order.options.pause_on_failure:
            await self.order.watcher.paused(len(self.course.steps) - 1)

    def _context(self, session: Session, camera: Camera) -> StepContext:
        async def take_picture(name: str) -> None:
            await camera.capture(name)

        async def after_move(_words: str) -> None:
            self.lease.check()

        return StepContext(
            session=session,
            after_move=after_move,
            take_picture=take_picture,
            timeout=self.tools.browser.timeout / 1000,
            desk=CodeDesk(self.course.run_id, self.tools.vault, self.order.watcher),
            notice=self.order.watcher.notice,
        )

    async def _step(self, step: Step, context: StepContext) -> None:
        index = len(self.course.steps)
        self.lease.check()
        self.order.watcher.step_started(index, step.title)
        noted = asyncio.create_task(
            asyncio.to_thread(self.tools.store.step_started, self.order.claim, index, step.title)
        )
        started = time.monotonic()
        outcome, error = PASSED, None
        try:
            async with self._turn(step), context.session.titled(step.title):
                outcome = (await step.run(context)).outcome
            context.session.guard.check()
        except RunnerError as failed:
            outcome, error = outcome_of(failed), self._explained(failed, step)
        except asyncio.CancelledError:
            self.course.cut_short(time.monotonic() - started)
            raise
        finally:
            await noted
        done = self.course.step_done(outcome, time.monotonic() - started, error)
        if self.order.options.wants_picture(failed=error is not None):
            await context.take_picture(f"{index + 1:02d}-{step.type}")
        self.order.watcher.step_finished(done)

    def _explained(self, failed: RunnerError, step: Step) -> RunnerError:
        """Say of an error where it happened, without a secret."""
        error = self.leavings.cleaned(failed)
        error.message = f"step {len(self.course.steps) + 1}, {step.title}: {error.message}"
        return error

    @asynccontextmanager
    async def _turn(self, step: Step) -> AsyncIterator[None]:
        """Let a step that signs in do it alone; a rejection is written before the next may."""
        tries = [use.slot for use in step.uses() if use.tries]
        if not tries:
            yield
            return
        trail = replace(self.tools.vault.trail(), run_id=self.course.run_id)
        turns = Turns(Trials(trail), self.tools.store, self.order.watcher.notice)
        async with turns.turn([self.secrets[slot].card for slot in tries]):
            try:
                yield
            except RunnerError as failed:
                if outcome_of(failed) in REJECTIONS:
                    await asyncio.to_thread(self._rejected, step, Lockouts(trail))
                raise

    def _rejected(self, step: Step, lockouts: Lockouts) -> None:
        """Freeze the secrets whose password the site has rejected: one try, and no more."""
        for use in step.uses():
            if use.tries:
                lockouts.reject(self.secrets[use.slot].card, Use(use.slot, step.title))

    async def _keep(
        self, recording: Path | None, camera: Camera, shown: Sequence[RawArtifact]
    ) -> None:
        tracing, extras = self.order.options.tracing, list(shown)
        wanted = tracing == "on" or (tracing == "retain-on-failure" and self.course.error)
        if recording is not None and self.order.options.extras & RECORDED:
            folder = self.folder.sub("raw")
            made = partial(from_recording, recording, folder, self.order.options.extras)
            extras += await asyncio.to_thread(made)
        trace = recording if wanted else None
        await asyncio.to_thread(self.leavings.keep, trace, tuple(camera.frames), extras)


def _late(longest: float) -> RunTimeout:
    return RunTimeout(
        f"the run took longer than {longest:g} s",
        hint="give it more with --timeout, or look at the trace for what it waited for",
    )
