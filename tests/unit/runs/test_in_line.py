"""Runs of one login go one after the other, in the order in which they were submitted."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from agent.errors import RunInterrupted, SecretBusy
from agent.runs.in_line import InLine
from agent.runs.memory import MemoryRunStore
from agent.runs.run import HERE, Terms
from agent.runs.states import State

if TYPE_CHECKING:
    from agent.runs.run import Run

LONG = 30.0


def submitted(store: MemoryRunStore, key: str | None = "login:1", count: int = 1) -> list[Run]:
    return [store.add("demo", "{}", Terms(key, pool=HERE)) for _ in range(count)]


async def carried_out(line: InLine, store: MemoryRunStore, run: Run, log: list[str]) -> None:
    claim = await line.claim(run)
    log.append(f"begin {run.id}")
    await asyncio.sleep(0)
    assert len([one for one in store.list() if one.state is State.RUNNING]) == 1
    log.append(f"end {run.id}")
    store.finish(claim, State.SUCCEEDED, "passed", "{}")


async def test_runs_of_one_login_go_in_order_and_never_two_at_once() -> None:
    store = MemoryRunStore()
    first, second, third = submitted(store, count=3)
    log: list[str] = []
    said: asyncio.Queue[str] = asyncio.Queue()
    line = InLine(store, said.put_nowait, LONG)
    holder = store.claim(first.id, "worker")
    assert holder is not None
    waiting = [asyncio.create_task(carried_out(line, store, run, log)) for run in (second, third)]
    for words in [await asyncio.wait_for(said.get(), LONG) for _ in waiting]:
        assert words.startswith(f"run {first.id[:8]} ")
        assert words.endswith("with the same login goes first: waiting for its turn")
    assert not log
    store.finish(holder, State.SUCCEEDED, "passed", "{}")
    await asyncio.wait_for(asyncio.gather(*waiting), LONG)
    assert log == [f"{what} {run.id}" for run in (second, third) for what in ("begin", "end")]


async def test_without_a_key_nobody_waits() -> None:
    store = MemoryRunStore()
    one, other = submitted(store, None, 2)
    line = InLine(store, longest_wait=LONG)
    claims = [await asyncio.wait_for(line.claim(run), LONG) for run in (one, other)]
    assert {claim.run_id for claim in claims} == {one.id, other.id}
    with pytest.raises(RunInterrupted, match="is not to be had"):
        await line.claim(one)


async def test_runs_of_other_logins_are_not_waited_for() -> None:
    store = MemoryRunStore()
    [one], [other] = submitted(store, "login:1"), submitted(store, "login:2")
    line = InLine(store, longest_wait=LONG)
    for run in (one, other):
        assert (await asyncio.wait_for(line.claim(run), LONG)).run_id == run.id


async def test_a_wait_that_is_too_long_ends_and_takes_the_run_out_of_the_line() -> None:
    store = MemoryRunStore()
    first, second = submitted(store, count=2)
    store.claim(first.id, "worker")
    with pytest.raises(SecretBusy, match="did not come within 0 s"):
        await InLine(store, longest_wait=0).claim(second)
    assert store.get(second.id).state is State.CANCELLED


async def test_a_wait_that_is_broken_off_takes_the_run_out_of_the_line() -> None:
    store = MemoryRunStore()
    first, second = submitted(store, count=2)
    store.claim(first.id, "worker")
    said: asyncio.Queue[str] = asyncio.Queue()
    waiting = asyncio.create_task(InLine(store, said.put_nowait, LONG).claim(second))
    await asyncio.wait_for(said.get(), LONG)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert store.get(second.id).state is State.CANCELLED


async def test_a_run_that_is_cancelled_while_it_waits_says_so() -> None:
    store = MemoryRunStore()
    first, second = submitted(store, count=2)
    store.claim(first.id, "worker")
    said: asyncio.Queue[str] = asyncio.Queue()
    waiting = asyncio.create_task(InLine(store, said.put_nowait, LONG).claim(second))
    await asyncio.wait_for(said.get(), LONG)
    store.cancel(second.id)
    with pytest.raises(RunInterrupted, match="taken or ended elsewhere"):
        await asyncio.wait_for(waiting, LONG)


async def test_a_process_that_died_while_it_waited_holds_nobody_up() -> None:
    store = MemoryRunStore(gone=lambda worker: worker == "dead")
    first, second = submitted(store, count=2)
    assert store.wait(first.id, "dead") == []
    claim = await asyncio.wait_for(InLine(store, longest_wait=LONG).claim(second), LONG)
    assert claim.run_id == second.id
