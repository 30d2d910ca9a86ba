"""Carries one run from its claim to its report. A newcomer reads this first.

::

    claim ─▶ private folder ─▶ vault opened for the run ─▶ browser session
          ─▶ each step (agent.runs.walk), a masked picture after it ─▶ raw recording
          ─▶ cleaned, checked again, published ─▶ report ─▶ fenced finish

Whatever happens on the way, three things hold: the private folder is gone, the values are wiped,
and the run's record says how it ended.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from agent.artifacts.camera import Camera
from agent.artifacts.extras import RECORDED, from_page, from_recordings
from agent.artifacts.film import filming
from agent.artifacts.leavings import Leavings
from agent.browser.bare import Bare
from agent.browser.drivers import Drivers, OneEach
from agent.browser.opening import open_session
from agent.browser.surroundings import surroundings
from agent.errors import RunnerError
from agent.runs.again import may_pass, queued_again
from agent.runs.blaming import Disks
from agent.runs.browsing import browser_for
from agent.runs.chronicle import Chronicle
from agent.runs.course import Course, late, told_as
from agent.runs.desk import CodeDesk
from agent.runs.fencing import RunFence, admission_of
from agent.runs.ground import RunGround
from agent.runs.kept_logins import KeptLogins
from agent.runs.lease import Lease, while_held
from agent.runs.options import keeps_video
from agent.runs.patience import written
from agent.runs.person_desk import PersonDesk, Where
from agent.runs.progress import Keeping
from agent.runs.run_time import RunTime
from agent.runs.states import State
from agent.runs.telling import told
from agent.runs.trying import Trying
from agent.runs.walk import Stopped, Walk
from agent.steps.context import StepContext
from agent.telemetry.observer import NOBODY, Observer, told_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
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
    from agent.runs.shelf import Shelf
    from agent.runs.store import RunStore
    from agent.runs.watcher import Watcher
    from agent.vault.open import RunSecrets
    from agent.vault.store import Vault


@dataclass(frozen=True, slots=True)
class Tools:
    """What every run of this process is carried out with; made once by ``agent.wiring``.

    ``run_timeout`` is in seconds, for runs that set none; ``observer`` is told how each run goes.
    """

    vault: Vault
    store: RunStore
    browser: BrowserOptions
    private_folder: Callable[[], AbstractContextManager[PrivateFolder]]
    runs_folder: Path
    run_timeout: float
    shelf: Shelf
    observer: Observer = NOBODY
    drivers: Drivers = field(default_factory=OneEach)


@dataclass(frozen=True, slots=True)
class Order:
    """One claimed run: what to do, how, and who watches.

    ``nudge`` has the lease looked at at once.
    """

    claim: Claim
    plan: Plan
    options: RunOptions
    watcher: Watcher
    nudge: asyncio.Event | None = None


async def execute(order: Order, tools: Tools) -> Report:
    """Carry out a claimed run and record its end; what went wrong stands in the report.

    The finish is fenced: a run whose lease was lost keeps the state the store gave it.
    """
    tools.observer.run_began(order.claim)
    claim, course = order.claim, Course.of(order.claim.run_id, order.plan)
    async with Chronicle(order.watcher, claim, tools.store) as chronicle:
        report = await _carried_out(replace(order, watcher=chronicle), tools, chronicle, course)
        chronicle.kept(report.artifacts)
    if may_pass(order.plan, course, report) and await queued_again(tools, claim, report):
        await asyncio.to_thread(told_of, tools.observer, tools.store, report)
        return report
    report = tools.shelf.expecting(report)
    ended = (claim, State(report.status), report.outcome, report.to_json())
    if not await written(tools.store.finish, *ended, patience=tools.store.times.ttl):
        return report
    await asyncio.to_thread(told_of, tools.observer, tools.store, report)
    return await asyncio.to_thread(tools.shelf.delivered, report)


async def _carried_out(order: Order, tools: Tools, chronicle: Chronicle, course: Course) -> Report:
    chronicle.run_started(course.run_id, course.task)
    lease = Lease(order.claim, tools.store, nudge=order.nudge)
    try:
        with (
            tools.private_folder() as folder,
            await _opened(order, tools, lease) as secrets,
            chronicle.cleaned_by(secrets.redactor.redact_text),
        ):
            course.tried = True  # until it is known
            place = tools.runs_folder / course.run_id
            disks = Disks((place, folder.path))
            leavings = Leavings(order.options.output or place, folder, secrets)
            logins = _logins(order, tools, course, secrets)
            work = _Work(order, tools, course, secrets, folder, lease, leavings, chronicle, logins)
            try:
                async with lease:
                    await while_held(lease, work.carry_out())
            except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - see told_as
                course.fail(disks.told_as(error, course))
            disks.blame(course)
            course.tried = secrets.spent > 0
            return told(course, leavings, lease.ending, junit="junit" in order.options.extras)
    except (RunnerError, asyncio.CancelledError) as error:
        course.fail(told_as(error, course))
        return course.report(lease.ending)


async def _opened(order: Order, tools: Tools, lease: Lease) -> RunSecrets:
    """Open the run's secrets beside the loop: a source may take its time, and the lease goes on."""
    admission = admission_of(order.plan, RunFence(lease))
    open_for_run = partial(tools.vault.open_for_run, order.plan.bindings, order.claim.run_id)
    async with lease:
        return await asyncio.to_thread(open_for_run, admission)


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
    chronicle: Chronicle
    logins: KeptLogins

    async def carry_out(self) -> None:
        """Open a browser, carry the steps out, and publish what they left."""
        clock = RunTime(self.order.options.timeout or self.tools.run_timeout)
        keeping: asyncio.Task[None] | None = None
        await self.logins.load(self.order.plan)
        try:
            async with self._session() as session, Camera(session) as camera:
                for notice in session.notices:
                    self._notice(notice)
                await self._steps_within(clock, session, camera)
                await self.logins.write_back(session)
                page = self.order.plan.needs_browser()  # what only an open page has
                shown = await from_page(session, self.order.options.extras) if page else []
                recording = await session.stop_recording()
                if session.unsaved:
                    self._notice(session.unsaved)
                recordings = [*session.parts, *([recording] if recording else [])]
                # Cleaning needs no browser any more: it goes on while the browser closes.
                keeping = asyncio.create_task(self._keep(recordings, camera, shown))
                if shown:
                    # its downloads go with the browser
                    await keeping
        finally:
            if keeping is not None:
                await keeping

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[Session]:
        """Open a browser, unless no step needs one."""
        if not self.order.plan.needs_browser():
            yield Bare(self.secrets, self.folder)
            return
        options, drivers = self._browser(), self.tools.drivers
        async with open_session(options, self.secrets, self.folder, drivers) as session:
            self.course.environment = surroundings(session, options)
            yield session

    def _browser(self) -> BrowserOptions:
        return browser_for(self.tools.browser, self.order.options, self.order.plan)

    async def _steps_within(self, clock: RunTime, session: Session, camera: Camera) -> None:
        context = self._context(session, camera, clock)
        progress = Keeping(self.order.claim, self.course, self.tools.store, context.results)
        ground = RunGround(self.lease, self.leavings, self.order.options, progress, self._trying())
        films = self.order.plan.needs_browser() and self._browser().video != "off"
        film = None
        try:
            async with (
                filming(session, wanted=films) as film,
                clock.bounded(),
            ):
                steps = progress.begin(self.order.plan)
                await Walk(self.course, self.order.watcher, ground).all(steps, context)
        except Stopped as stopped:
            self.course.fail(stopped.error)
        except TimeoutError:
            self.course.fail(late(clock.longest))
        finally:
            self.course.result = self.order.plan.result(context.results)
        if film is not None and keeps_video(self._browser().video, failed=bool(self.course.error)):
            self.leavings.take_film(film)
        if self.course.error is not None and self.order.options.pause_on_failure:
            await session.settled()
            await self.order.watcher.paused(len(self.course.steps) - 1)

    def _trying(self) -> Trying:
        trail = self.tools.vault.trail
        return Trying(self.course.run_id, self.secrets, trail, self.tools.store, self._notice)

    def _notice(self, text: str) -> None:
        self.course.noticed(self.order.watcher, text)

    def _context(self, session: Session, camera: Camera, clock: RunTime) -> StepContext:
        async def take_picture(name: str) -> None:
            if self.order.plan.needs_browser():
                camera.shoot_soon(name)

        async def after_move(words: str) -> None:
            self.chronicle.moved(words)
            self.lease.check()

        return StepContext(
            session=session,
            after_move=after_move,
            take_picture=take_picture,
            timeout=self.tools.browser.timeout / 1000,
            desk=CodeDesk(self.course.run_id, self.tools.vault, self.order.watcher),
            notice=self._notice,
            keep_file=self.leavings.take,
            task_folder=self.order.plan.folder,
            inputs=self.order.plan.inputs,
            hand_over=partial(self._person(clock).ask, session),
            wait_for_person=self.order.options.wait_for_person,
            allow_code=self.order.options.allow_code,
            logins=self.logins,
        )

    def _person(self, clock: RunTime) -> PersonDesk:
        seconds = self.order.options.wait_for_person
        where = Where(self.chronicle.watcher, self._browser().headed, seconds)
        return PersonDesk(self.lease, self.tools.vault, self.tools.store.takeovers, clock, where)

    async def _keep(
        self, recordings: Sequence[Path], camera: Camera, shown: Sequence[RawArtifact]
    ) -> None:
        tracing, extras = self.order.options.tracing, list(shown)
        wanted = tracing == "on" or (tracing == "retain-on-failure" and self.course.error)
        if recordings and self.order.options.extras & RECORDED:
            folder = self.folder.sub("raw")
            made = partial(from_recordings, recordings, folder, self.order.options.extras)
            extras += await asyncio.to_thread(made)
        traces = recordings if wanted else ()
        await camera.painted()
        for lost in camera.dropped:
            self.course.notices.append(f"no picture {lost.name}: {lost.reason}")
        await asyncio.to_thread(self.leavings.keep, traces, tuple(camera.frames), extras)


def _logins(order: Order, tools: Tools, course: Course, secrets: RunSecrets) -> KeptLogins:
    """Make what is kept of the run's logins; what is resumed signs in anew."""

    told = partial(course.noticed, order.watcher)
    fresh = order.options.fresh or order.plan.start is not None
    return KeptLogins(course.run_id, secrets, tools.vault.trail, told, fresh)
