"""Keep a claim alive while its run goes on, and know at once when it is lost."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol, Self

from sqlalchemy.exc import SQLAlchemyError

from agent.errors import RunInterrupted
from agent.runs.claim import Claim, LeaseTimes, boottime
from agent.runs.states import State

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from types import TracebackType

RETRY = 1.0


class Renewing(Protocol):
    """The part of a store that a lease needs; both calls may block and may fail."""

    @property
    def times(self) -> LeaseTimes:
        """How long its leases last."""

    def renew(self, claim: Claim) -> bool:
        """Make the lease last again; False when the claim no longer holds."""

    def cancel_asked(self, claim: Claim) -> bool:
        """Tell whether someone asked that the run stop."""


class Lease:
    """An async context in which a claim is renewed in the background.

    ``lost`` is set when the run must stop: the store says so, nobody could be asked for ``fence``
    seconds (the worker was cut off, frozen or suspended), or a person cancelled it. ``ending``
    then is the state the run is to end in. A database that is away for less than the fence has no
    effect. Who sets ``nudge`` has the store asked at once.
    """

    def __init__(
        self,
        claim: Claim,
        store: Renewing,
        clock: Callable[[], float] = boottime,
        nudge: asyncio.Event | None = None,
    ) -> None:
        self.claim = claim
        self.lost = asyncio.Event()
        self.ending = State.INTERRUPTED
        self._store = store
        self._clock = clock
        self._nudge = nudge or asyncio.Event()
        self._until = claim.since + store.times.fence
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._keep())
        self._task.add_done_callback(self._fail_closed)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def check(self) -> None:
        """Raise ``RunInterrupted`` unless the claim still holds; call before every act.

        It asks nobody: a process that wakes after a freeze is stopped here before its first act.
        """
        if self._is_over():
            self.lost.set()
        self.require()

    @property
    def patience(self) -> float:
        """Seconds that what the run leaves may wait for a database that is away."""
        return 0.0 if self.lost.is_set() else self._store.times.ttl

    def require(self) -> None:
        """Raise as ``check`` does; may be called from any thread."""
        if self.lost.is_set() or self._is_over():
            raise RunInterrupted(
                "the run was cancelled"
                if self.ending is State.CANCELLED
                else "the run lost its lease: this process was cut off or stood still too long",
                hint="runner runs show tells how it was recorded",
            )

    def _is_over(self) -> bool:
        """Tell whether nobody could be asked for too long, by this process's own clock."""
        return self._clock() >= self._until

    def _fail_closed(self, task: asyncio.Task[None]) -> None:
        # Renewal that ends for a reason nobody thought of must not look like a lease that holds.
        if not task.cancelled():
            self.lost.set()

    async def _keep(self) -> None:
        pause = self._store.times.renew
        while not self.lost.is_set():
            await self._pause(min(pause, max(0.0, self._until - self._clock())))
            asked = self._clock()
            if asked >= self._until:
                self.lost.set()
                return
            try:
                async with asyncio.timeout(self._until - asked):
                    await self._renew(asked)
                pause = self._store.times.renew
            except (SQLAlchemyError, TimeoutError):
                pause = RETRY

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._nudge.wait()
        self._nudge.clear()

    async def _renew(self, asked: float) -> None:
        if not await asyncio.to_thread(self._store.renew, self.claim):
            self.lost.set()
        elif await asyncio.to_thread(self._store.cancel_asked, self.claim):
            self.ending = State.CANCELLED
            self.lost.set()
        else:
            self._until = asked + self._store.times.fence


async def while_held(lease: Lease, body: Coroutine[None, None, None]) -> None:
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
