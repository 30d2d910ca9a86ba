"""Waiting for what happens in runs: one look at the database for everyone who waits."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from sqlalchemy.exc import SQLAlchemyError

from agent.runs.events import RunEvent

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

Events = list[RunEvent]

EVERY: Final = 0.3
"""Seconds between two looks."""


class Log(Protocol):
    """The part of a store that is needed; both calls may block."""

    def events(self, run_id: str, after: int = 0) -> Events:
        """Give what happened in a run after an event."""

    def newest_events(self, run_ids: Collection[str]) -> dict[str, int]:
        """Give the number of the newest event of each run."""


Waiting = tuple[int, "asyncio.Future[Events]"]


@dataclass(slots=True)
class Feed:
    """Those who wait in this process, by run. Used from one event loop.

    Each round asks once which of the watched runs have something new, and reads the new events of
    a run once for all who have come equally far: fifty watchers cost what one costs.
    """

    every: float = EVERY
    looks: int = 0
    _waiting: dict[str, list[Waiting]] = field(default_factory=lambda: defaultdict(list))
    _looking: asyncio.Task[None] | None = None

    async def wait(self, log: Log, run_id: str, after: int, seconds: float) -> Events:
        """Give the events after ``after`` as soon as there are any; none after ``seconds``."""
        there = await asyncio.to_thread(log.events, run_id, after)
        if there or seconds <= 0:
            return there
        future: asyncio.Future[Events] = asyncio.get_running_loop().create_future()
        waiting = (after, future)
        self._waiting[run_id].append(waiting)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_on(log))
        try:
            async with asyncio.timeout(seconds):
                return await future
        except TimeoutError:
            return []
        finally:
            self._forget(run_id, waiting)

    def _forget(self, run_id: str, waiting: Waiting) -> None:
        left = [one for one in self._waiting.get(run_id, ()) if one is not waiting]
        if left:
            self._waiting[run_id] = left
        else:
            self._waiting.pop(run_id, None)

    async def _look_on(self, log: Log) -> None:
        while self._waiting:
            await asyncio.sleep(self.every)
            try:
                await self._look(log)
            except SQLAlchemyError:
                continue  # the database is away: those who wait go on waiting

    async def _look(self, log: Log) -> None:
        self.looks += 1
        newest = await asyncio.to_thread(log.newest_events, tuple(self._waiting))
        for run_id, after in list(self._behind(newest)):
            found = await asyncio.to_thread(log.events, run_id, after)
            for theirs, future in self._waiting.get(run_id, ()):
                if theirs == after and found and not future.done():
                    future.set_result(found)

    def _behind(self, newest: dict[str, int]) -> Iterator[tuple[str, int]]:
        for run_id, all_waiting in list(self._waiting.items()):
            for after in sorted({after for after, _ in all_waiting}):
                if after < newest.get(run_id, 0):
                    yield run_id, after
