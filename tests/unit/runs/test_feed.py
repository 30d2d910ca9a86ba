"""Waiting for a run's events: many who wait cost what one costs, and nobody misses one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agent.runs.events import RunEvent
from agent.runs.feed import Feed

if TYPE_CHECKING:
    from collections.abc import Collection

WATCHERS = 50


@dataclass
class Book:
    """A log in memory that counts how often it is read."""

    written: list[RunEvent] = field(default_factory=list)
    reads: int = 0

    def note(self, kind: str = "moved") -> None:
        self.written.append(RunEvent(len(self.written) + 1, 0.0, kind))

    def events(self, _run_id: str, after: int = 0) -> list[RunEvent]:
        self.reads += 1
        return [one for one in self.written if one.id > after]

    def newest_events(self, run_ids: Collection[str]) -> dict[str, int]:
        return dict.fromkeys(run_ids, len(self.written))


async def watch(feed: Feed, book: Book, until: int) -> list[int]:
    seen: list[int] = []
    while not seen or seen[-1] < until:
        seen += [one.id for one in await feed.wait(book, "run", seen[-1] if seen else 0, 20)]
    return seen


async def test_fifty_watchers_read_the_log_about_as_often_as_one() -> None:
    feed, book = Feed(every=0.01), Book()
    book.note()
    watching = [asyncio.create_task(watch(feed, book, 30)) for _ in range(WATCHERS)]
    for _ in range(29):
        await asyncio.sleep(0.02)
        book.note()
    for seen in await asyncio.gather(*watching):
        assert seen == list(range(1, 31)), "one was missed or told twice"
    assert book.reads <= WATCHERS + 2 * 30


async def test_who_comes_late_or_lags_far_behind_gets_everything() -> None:
    feed, book = Feed(every=0.01), Book()
    for _ in range(250):
        book.note()
    watching = asyncio.create_task(watch(feed, book, 251))
    await asyncio.sleep(0.05)
    book.note()
    assert await watching == list(range(1, 252))
    # The room has the newest only: this one has to be read.
    assert await watch(feed, book, 251) == list(range(1, 252))


async def test_nothing_new_is_told_as_nothing() -> None:
    feed, book = Feed(every=0.01), Book()
    assert await feed.wait(book, "run", 0, 0.05) == []
    assert await feed.wait(book, "run", 0, 0) == []
