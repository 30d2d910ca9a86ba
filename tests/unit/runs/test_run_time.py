"""The time of a run, and what does not count."""

from __future__ import annotations

import asyncio

import pytest

from agent.runs.run_time import RunTime


def when(clock: RunTime) -> float | None:
    assert clock._limit is not None
    return clock._limit.when()


async def test_a_run_that_takes_longer_is_stopped() -> None:
    clock = RunTime(0.05)
    with pytest.raises(TimeoutError):
        async with clock.bounded():
            await asyncio.Event().wait()


async def test_waiting_for_a_person_does_not_count() -> None:
    clock = RunTime(60)
    async with clock.bounded():
        due = when(clock)
        with clock.standing_still():
            assert when(clock) is None
            await asyncio.sleep(0.05)
        assert due is not None
        assert (when(clock) or 0) > due + 0.04


async def test_after_the_wait_it_counts_again() -> None:
    clock = RunTime(0.1)

    async def helped_and_then_late() -> None:
        async with clock.bounded():
            with clock.standing_still():
                await asyncio.sleep(0.2)
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await helped_and_then_late()


async def test_outside_of_its_bounds_nothing_stands_still() -> None:
    with RunTime(5).standing_still():
        await asyncio.sleep(0)
