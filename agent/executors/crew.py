"""A worker: takes runs that wait, as many at a time as it has hands, and carries each out."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import SQLAlchemyError

from agent.browser.folder import sweep_abandoned
from agent.engine import Order, execute
from agent.errors import RunnerError
from agent.executors.looking import LOOK, Looking
from agent.executors.parent import GRACE
from agent.executors.standing import Standing
from agent.executors.supply import Place
from agent.runs.desk import CodeDesk
from agent.runs.patience import written
from agent.runs.report import Report
from agent.runs.states import State
from agent.runs.waiting import line_of
from agent.runs.watcher import NobodyWatches
from agent.runs.worker import this_worker
from agent.telemetry.observer import NOBODY, Observer, told_of

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from agent.engine import Tools
    from agent.executors.supply import Supply, Taken
    from agent.login.second_factor import Question
    from agent.planner import Plan
    from agent.runs.claim import Claim
    from agent.runs.options import RunOptions
    from agent.runs.run import Run
    from agent.runs.store import RunStore
    from agent.runs.waiting import Waiting
    from agent.vault.store import Vault

BEAT: Final = 4.0
SWEEP: Final = 2.0
_THREADS_EACH: Final = 8


@dataclass(frozen=True, slots=True)
class Prepared:
    """What one run is carried out with: the tools of its project, its plan, its options."""

    tools: Tools
    plan: Plan
    options: RunOptions


class AtTheDoors(NobodyWatches):
    """Watches a run whose people are elsewhere: they hear of a code in the run's events."""

    def __init__(self, run_id: str, vault: Vault) -> None:
        self._run_id = run_id
        self._vault = vault

    def at_doors(self) -> bool:
        """Say that a person may be asked at the run's page."""
        return True

    async def code_wanted(self, question: Question) -> str | None:
        """Wait until a person gives the code at a door; None when nobody did in time."""
        desk = CodeDesk(self._run_id, self._vault, NobodyWatches())
        return await desk.pushed(question.seconds)


@dataclass(slots=True)
class Crew:
    """The hands of one worker process; ``prepare`` may raise ``RunnerError``.

    A run that was claimed is carried out by ``agent.engine.execute`` in this process, under its
    lease. Of runs whose worker is gone this crew takes care as well. ``beside`` goes on meanwhile,
    and ``after`` is called last, when no run goes on any more.
    ``observer`` is told how the worker fares. Without a ``supply`` it looks for runs itself.
    """

    waiting: Waiting
    store: RunStore
    prepare: Callable[[Run], Prepared]
    concurrency: int = 1
    grace: float = GRACE
    id: str = field(default_factory=this_worker)
    beside: Callable[[], Coroutine[None, None, None]] | None = None
    standing: Standing = field(default_factory=Standing)
    observer: Observer = NOBODY
    supply: Supply | None = None
    after: Callable[[], Coroutine[None, None, None]] | None = None
    _running: dict[asyncio.Task[None], str] = field(default_factory=dict)
    _draining: bool = False

    async def work(self, stop: asyncio.Event) -> None:
        """Take runs until ``stop`` is set, then give those that go on ``grace`` to end.

        What has not ended by then is stopped: it is interrupted, or queued again where its task
        says so. Being cancelled stops the runs at once.
        """
        threads = ThreadPoolExecutor(_THREADS_EACH * (self.concurrency + 1))
        # The usual pool is small, and a lease must never wait for another run's cleaning.
        asyncio.get_running_loop().set_default_executor(threads)
        supply = self.supply or Looking(Place(self.waiting, self.store, self.id))
        others = [self._beat(), self._sweep(), supply.keep()]
        others += [self.beside()] if self.beside else []
        beside = [asyncio.create_task(one) for one in others]
        try:
            await self._take_runs(supply, stop)
            self._draining = True
            if self._running:
                await asyncio.wait(self._running, timeout=self.grace)
        finally:
            await _ended(list(self._running))
            await _ended(beside)
            with suppress(SQLAlchemyError):
                await asyncio.to_thread(self.waiting.left, self.id)
            await asyncio.to_thread(self.observer.flush)
            if self.after is not None:
                await self.after()

    async def _take_runs(self, supply: Supply, stop: asyncio.Event) -> None:
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                free = self.concurrency - len(self._running)
                may = free > 0 and await asyncio.to_thread(self.standing.may_take)
                for taken in await supply.take(free) if may else ():
                    carrying = asyncio.create_task(self._carried_out(taken, supply))
                    self._running[carrying] = taken.run.id
                    carrying.add_done_callback(self._over)
                await self._until_there_may_be_more(supply if may else None, stopping)
        finally:
            stopping.cancel()

    async def _until_there_may_be_more(
        self, supply: Supply | None, stopping: asyncio.Task[bool]
    ) -> None:
        full = len(self._running) >= self.concurrency
        ring = supply.rung() if supply is not None and not full else asyncio.sleep(LOOK)
        rung = [asyncio.create_task(ring)]
        waited = {stopping, *(self._running if full else rung)}
        try:
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _ended(rung)

    async def _carried_out(self, taken: Taken, supply: Supply) -> None:
        try:
            await self._carry_out(taken)
        finally:
            await supply.over(taken)

    async def _carry_out(self, taken: Taken) -> None:
        run, claim = taken.run, taken.claim
        try:
            ready = await asyncio.to_thread(self.prepare, run)
        except RunnerError as error:
            await self._refused(run, claim, error)
            return
        except SQLAlchemyError:
            await self._handed_back(claim)
            return
        except asyncio.CancelledError:
            await self._handed_back(claim)
            raise
        watcher = AtTheDoors(run.id, ready.tools.vault)
        choices = ready.plan, ready.options, watcher
        order = Order(claim, *choices, nudge=taken.nudge)
        await execute(order, ready.tools)

    async def _handed_back(self, claim: Claim) -> None:
        """Let another worker begin a run: nothing was done yet."""
        with suppress(SQLAlchemyError):
            await written(self.store.hand_back, claim, patience=self.store.times.ttl)

    async def _refused(self, run: Run, claim: Claim, error: RunnerError) -> None:
        report = replace(Report.refused(error, task=run.task), run_id=run.id)
        told = (claim, State.FAILED, report.outcome, report.to_json())
        if await written(self.store.finish, *told, patience=self.store.times.ttl):
            await asyncio.to_thread(told_of, self.observer, self.store, report)

    def _over(self, carried: asyncio.Task[None]) -> None:
        self._running.pop(carried, None)
        if not carried.cancelled():
            # A failure nobody thought of ends the run with its lease; its text may quote a secret.
            unforeseen = carried.exception()
            if unforeseen is not None:
                self.observer.failed(unforeseen)

    async def _beat(self) -> None:
        line = line_of(self.id, self.concurrency, self.waiting.reach)
        while True:
            with suppress(SQLAlchemyError):
                await asyncio.to_thread(self.standing.look_at_clock, self.waiting)
                state = self.standing.shift(draining=self._draining)
                now = replace(line, state=state.value, running=len(self._running))
                await asyncio.to_thread(self.waiting.seen, now)
                self.observer.worker_lives(now.running, self.concurrency)
            await asyncio.sleep(BEAT)

    async def _sweep(self) -> None:
        while True:
            with suppress(SQLAlchemyError):
                lost = await asyncio.to_thread(self.store.sweep)
                self.observer.runs_lost(lost)
            # A browser must not outlive the process that drove it.
            with suppress(RunnerError, OSError):
                await asyncio.to_thread(sweep_abandoned)
            await asyncio.sleep(SWEEP)


async def _ended(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
