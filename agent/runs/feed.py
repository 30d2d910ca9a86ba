"""Waiting for what happens in runs: one look at the database for everyone who waits."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
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
_KEPT: Final = 100
_ROOMS: Final = 200


@dataclass(slots=True)
class _Room:
    """The newest events of a run as the last look found them: who has come so far asks nobody."""

    events: deque[RunEvent] = field(default_factory=lambda: deque(maxlen=_KEPT))

    def knows(self, after: int) -> bool:
        """Tell whether all that a look has found after an event is here."""
        return bool(self.events) and self.events[0].id <= after + 1

    def holds(self, after: int, newest: int) -> bool:
        """Tell whether everything from after an event up to the newest is here."""
        return self.knows(after) and self.events[-1].id >= newest

    def after(self, after: int) -> Events:
        return [event for event in self.events if event.id > after]

    def add(self, found: Events) -> None:
        newest = self.events[-1].id if self.events else found[0].id - 1
        if found[0].id > newest + 1:
            self.events.clear()
            newest = found[0].id - 1
        self.events.extend(event for event in found if event.id > newest)


@dataclass(slots=True)
class Feed:
    """Those who wait in this process, by run. Used from one event loop.

    Each round asks once which of the watched runs have something new, and reads the new events of
    a run once for all who have come equally far: fifty watchers cost what one costs. Who comes back
    for more is told from what was read last.
    """

    every: float = EVERY
    looks: int = 0
    _waiting: dict[str, list[Waiting]] = field(default_factory=lambda: defaultdict(list))
    _looking: asyncio.Task[None] | None = None
    _rooms: dict[str, _Room] = field(default_factory=dict)

    async def wait(self, log: Log, run_id: str, after: int, seconds: float) -> Events:
        """Give the events after ``after`` as soon as there are any; none after ``seconds``."""
        room = self._rooms.get(run_id)
        # What is newer than the room the next look finds.
        known = room is not None and room.knows(after) and seconds > 0
        there = room.after(after) if room and known else await _read(log, run_id, after)
        self._keep(run_id, there)
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
            room = self._rooms.get(run_id)
            if room is not None and room.holds(after, newest[run_id]):
                found = room.after(after)
            else:
                found = await _read(log, run_id, after)
                self._keep(run_id, found)
            for theirs, future in self._waiting.get(run_id, ()):
                if theirs == after and found and not future.done():
                    future.set_result(found)

    def _keep(self, run_id: str, found: Events) -> None:
        if not found:
            return
        # The room that was used last stands last.
        room = self._rooms.pop(run_id, None) or _Room()
        self._rooms[run_id] = room
        room.add(found)
        while len(self._rooms) > _ROOMS:
            self._rooms.pop(next(iter(self._rooms)))

    def _behind(self, newest: dict[str, int]) -> Iterator[tuple[str, int]]:
        for run_id, all_waiting in list(self._waiting.items()):
            for after in sorted({after for after, _ in all_waiting}):
                if after < newest.get(run_id, 0):
                    yield run_id, after


async def _read(log: Log, run_id: str, after: int) -> Events:
    return await asyncio.to_thread(log.events, run_id, after)
