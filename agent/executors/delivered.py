"""Runs for a worker that Procrastinate brings: listened for, and asked for each second besides.

Procrastinate's own worker is not used: it gives up its jobs with its connection, and here a run
goes on while the database is away for a moment. What it calls is the same: ``JobManager``.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import psycopg
from procrastinate.exceptions import ProcrastinateException
from procrastinate.jobs import Status
from procrastinate.manager import JobManager
from procrastinate.psycopg_connector import PsycopgConnector
from sqlalchemy.exc import SQLAlchemyError

from agent.executors.posting import ARGUMENT, Posting, queues_of
from agent.executors.silent import end_silent
from agent.executors.supply import Taken

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from procrastinate.jobs import Job, Notification

    from agent.executors.supply import Place

POLL: Final = 1.0
"""Seconds between two looks, whatever is heard."""
BEAT: Final = 4.0
STALLED: Final = 15.0
"""Seconds after which a worker of the queue that was not heard of is taken for gone."""
RECONCILE: Final = 15.0
_AGAIN: Final = 1.0
_TIDY: Final = 5.0
_DAY: Final = 86_400.0
_REFUSED: Final = 20
_CONNECTIONS: Final = 3
_AWAY: Final = (psycopg.Error, ProcrastinateException, SQLAlchemyError, OSError)


@dataclass(slots=True)
class Delivered:
    """Takes jobs, and claims the runs they name; ``arguments`` are what ``psycopg`` connects with.

    All its connections are made anew when one fails; runs that go on do not notice.
    """

    place: Place
    arguments: Mapping[str, Any] = field(repr=False)
    _manager: JobManager | None = None
    _number: int = 0
    _jobs: dict[str, int] = field(default_factory=dict)
    _nudges: dict[int, asyncio.Event] = field(default_factory=dict)
    _ring: asyncio.Event = field(default_factory=asyncio.Event)
    _due: asyncio.Event = field(default_factory=asyncio.Event)
    _broken: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_connected(self) -> bool:
        """Whether it has its connections."""
        return self._manager is not None

    async def take(self, free: int) -> Sequence[Taken]:
        """Claim the runs of the next jobs; a job whose run is not to be had now is over."""
        taken: list[Taken] = []
        self._ring.clear()
        try:
            for _ in range(free + _REFUSED):
                job = await self._fetched() if len(taken) < free else None
                if job is None:
                    return taken
                taken += await self._claimed(job)
            self._ring.set()
        except _AWAY:
            self._broken.set()
        return taken

    async def rung(self) -> None:
        """Wait until a job was posted, a second at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL):
                await self._ring.wait()

    async def over(self, taken: Taken) -> None:
        """Finish the job; who waits for the same login or site is posted at once."""
        job = self._jobs.pop(taken.run.id, None)
        if job is not None:
            self._nudges.pop(job, None)
            await self._finished(job)
        if taken.run.serial_key or taken.run.sites:
            self._due.set()

    async def keep(self) -> None:
        """Listen, show a sign of life, post what is due and clear up, until cancelled."""
        while True:
            with suppress(*_AWAY):
                async with self._connected() as manager:
                    await self._going_on(manager)
            await asyncio.sleep(_AGAIN)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[JobManager]:
        connector = PsycopgConnector(
            kwargs=dict(self.arguments), min_size=1, max_size=_CONNECTIONS, timeout=POLL
        )
        manager = JobManager(connector)
        try:
            await connector.open_async()
            self._number = await manager.register_worker()
            self._manager = manager
            self._broken.clear()
            yield manager
        finally:
            self._manager = None
            with suppress(*_AWAY):
                await manager.unregister_worker(self._number)
            with suppress(*_AWAY):
                await connector.close_async()

    async def _going_on(self, manager: JobManager) -> None:
        """Go on until something fails."""
        going = [
            asyncio.create_task(one)
            for one in (
                manager.listen_for_jobs(on_notification=self._heard),
                self._beat(manager),
                self._post(),
                self._tidy(manager),
                self._broken.wait(),
            )
        ]
        self._ring.set()
        try:
            await asyncio.wait(going, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in going:
                one.cancel()
            await asyncio.gather(*going, return_exceptions=True)

    async def _heard(self, *, channel: str, notification: Notification) -> None:  # noqa: ARG002
        if notification["type"] == "job_inserted":
            self._ring.set()
        elif nudge := self._nudges.get(notification["job_id"]):
            nudge.set()

    async def _beat(self, manager: JobManager) -> None:
        while True:
            await manager.update_heartbeat(self._number)
            await asyncio.sleep(BEAT)

    async def _post(self) -> None:
        posting = Posting(self.place.store.engine)
        while True:
            self._due.clear()
            with suppress(SQLAlchemyError):
                await asyncio.to_thread(posting.post_due)
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL):
                    await self._due.wait()

    async def _tidy(self, manager: JobManager) -> None:
        """Close the jobs of workers that are gone, and find runs whose jobs are."""
        posting, clock = Posting(self.place.store.engine), asyncio.get_running_loop().time
        reconciled = cleared = clock() - _DAY
        while True:
            for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED):
                await self._finished(job.id, Status.FAILED)
            await manager.prune_stalled_workers(2 * STALLED)
            with suppress(SQLAlchemyError):
                await asyncio.to_thread(end_silent, self.place.store.engine)
            if clock() - reconciled >= RECONCILE:
                reconciled = clock()
                with suppress(SQLAlchemyError):
                    await asyncio.to_thread(posting.reconcile)
            if clock() - cleared >= _DAY:
                cleared = clock()
                await manager.delete_old_jobs(
                    24, include_failed=True, include_cancelled=True, include_aborted=True
                )
            await asyncio.sleep(_TIDY)

    async def _fetched(self) -> Job | None:
        if self._manager is None:
            return None
        return await self._manager.fetch_job(queues_of(self.place.waiting.reach), self._number)

    async def _claimed(self, job: Job) -> list[Taken]:
        run_id, number = str(job.task_kwargs[ARGUMENT]), job.id or 0
        taken: Taken | None = None
        try:
            taken = await asyncio.to_thread(self._claim, run_id, number)
        finally:
            if taken is None:
                await self._finished(number)
        if taken is None:
            return []
        self._jobs[run_id], self._nudges[number] = number, taken.nudge
        return [taken]

    def _claim(self, run_id: str, job: int) -> Taken | None:
        # Read first: a run that was claimed and cannot be read then would be lost.
        run = self.place.waiting.one(run_id)
        claim = self.place.store.claim(run_id, self.place.worker) if run is not None else None
        if run is None or claim is None:
            Posting(self.place.store.engine).refused(run_id, job)
            return None
        return Taken(run, claim)

    async def _finished(self, job: int | None, how: Status = Status.SUCCEEDED) -> None:
        if self._manager is None or job is None:
            return  # it is closed as stalled
        with suppress(*_AWAY):
            await self._manager.finish_job_by_id_async(job, how, delete_job=True)
