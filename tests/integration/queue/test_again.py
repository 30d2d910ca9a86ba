"""A run that is begun again is told of once for each attempt."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from agent.runs import again
from agent.runs.states import State
from agent.telemetry.observer import Ended, Observer
from agent.wiring import NOBODY
from agent.wiring.working import open_crew
from tests.integration.queue.test_delivery import ended, look, place, served

if TYPE_CHECKING:
    import pytest

    from tests.integration.queue.conftest import Ground

NOBODY_THERE = {"type": "http", "url": "http://127.0.0.1:9/", "local": True}


class Heard(Observer):
    """Keeps what it hears of runs that came to their end."""

    def __init__(self) -> None:
        self.ended: list[Ended] = []

    def run_ended(self, ended: Ended) -> None:
        self.ended.append(ended)


async def test_each_attempt_is_told_of(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(again, "FIRST_PAUSE", 0.1)
    heard, stop = Heard(), asyncio.Event()
    async with served() as desk:
        look(ground, desk, steps=[NOBODY_THERE], on_failed="requeue")
        run = await place(ground, after=0.0)
        crew = await asyncio.to_thread(open_crew, ground.settings, NOBODY, heard)
        working = asyncio.create_task(crew.work(stop))
        assert await ended(ground, run) is State.FAILED
        stop.set()
        await working
    await asyncio.get_running_loop().shutdown_default_executor()
    crew.store.engine.dispose()
    assert [one.run.attempt for one in heard.ended] == [1, 2, 3]
    assert {one.report.outcome for one in heard.ended} == {"site_unreachable"}
    first, *later = (one.waited for one in heard.ended)
    assert first is not None
    assert first > 0
    assert later == [None, None]
