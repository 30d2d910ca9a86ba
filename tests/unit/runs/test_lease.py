from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field

import pytest
from sqlalchemy.exc import OperationalError

from agent.errors import RunInterrupted
from agent.runs.claim import Claim, LeaseTimes
from agent.runs.lease import Lease
from agent.runs.memory import MemoryRunStore
from agent.runs.states import State

QUICK = LeaseTimes(ttl=15.0, renew=0.01, fence=10.0)


@dataclass
class Clock:
    """A clock that stands still until it is set."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class AwayStore:
    """A store whose database is away for the first ``times_away`` renewals."""

    times_away: int
    times: LeaseTimes = QUICK
    asked: int = 0
    asked_often: threading.Event = field(default_factory=threading.Event)

    def renew(self, _claim: Claim) -> bool:
        self.asked += 1
        if self.asked == 5:
            self.asked_often.set()
        if self.asked <= self.times_away:
            raise OperationalError("UPDATE", {}, Exception("away"))
        return True

    def cancel_asked(self, _claim: Claim) -> bool:
        return False


def held(store: MemoryRunStore) -> Claim:
    claim = store.claim(store.add("demo", "{}").id, "one")
    assert claim is not None
    return claim


async def lost(lease: Lease) -> None:
    async with asyncio.timeout(5):
        await lease.lost.wait()


async def test_a_lease_is_renewed_while_the_body_goes_on() -> None:
    clock, store = Clock(), AwayStore(times_away=0)
    async with Lease(Claim("run", 1, "one", since=-9.0), store, clock) as lease:
        assert await asyncio.to_thread(store.asked_often.wait, 5)
        clock.now = 5.0
        lease.check()


async def test_a_claim_that_another_took_is_lost_at_the_next_renewal() -> None:
    store = MemoryRunStore(times=QUICK)
    claim = held(store)
    async with Lease(claim, store) as lease:
        store.finish(claim, State.FAILED, "failed", "{}")
        await lost(lease)
        with pytest.raises(RunInterrupted):
            lease.check()


async def test_a_cancelled_run_stops_and_is_to_end_as_cancelled() -> None:
    store = MemoryRunStore(times=QUICK)
    claim = held(store)
    async with Lease(claim, store) as lease:
        store.cancel(claim.run_id)
        await lost(lease)
        assert lease.ending is State.CANCELLED


async def test_a_worker_that_wakes_from_a_freeze_is_stopped_before_its_first_act() -> None:
    clock, store = Clock(), MemoryRunStore()
    async with Lease(Claim(held(store).run_id, 1, "one", since=0.0), store, clock) as lease:
        clock.now = 9.9
        lease.check()
        clock.now = 10.0
        with pytest.raises(RunInterrupted):
            lease.check()


async def test_the_fence_counts_from_before_the_claim_was_asked_for() -> None:
    clock, store = Clock(now=8.0), MemoryRunStore()
    lease = Lease(Claim(held(store).run_id, 1, "one", since=-3.0), store, clock)
    with pytest.raises(RunInterrupted):
        lease.check()


async def test_a_database_that_is_away_for_a_moment_has_no_effect(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("agent.runs.lease.RETRY", 0.01)
    clock, store = Clock(), AwayStore(times_away=3)
    async with Lease(Claim("run", 1, "one", since=0.0), store, clock) as lease:
        assert await asyncio.to_thread(store.asked_often.wait, 5)
        lease.check()


async def test_a_database_that_stays_away_loses_the_lease_at_the_fence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("agent.runs.lease.RETRY", 0.01)
    clock, store = Clock(), AwayStore(times_away=1_000_000)
    async with Lease(Claim("run", 1, "one", since=0.0), store, clock) as lease:
        assert await asyncio.to_thread(store.asked_often.wait, 5)
        assert not lease.lost.is_set()
        clock.now = 11.0
        await lost(lease)


async def test_a_renewal_that_breaks_in_an_unknown_way_loses_the_lease() -> None:
    class Broken(AwayStore):
        def renew(self, _claim: Claim) -> bool:
            raise ZeroDivisionError

    async with Lease(Claim("run", 1, "one"), Broken(times_away=0)) as lease:
        await lost(lease)


async def test_leaving_the_context_ends_the_renewals() -> None:
    store = AwayStore(times_away=0)
    async with Lease(Claim("run", 1, "one"), store):
        pass
    assert len(asyncio.all_tasks()) == 1


async def test_a_nudge_has_the_store_asked_at_once() -> None:
    seldom = LeaseTimes(ttl=1e6, renew=1e6, fence=1e6)
    store, nudge = MemoryRunStore(times=seldom), asyncio.Event()
    claim = held(store)
    async with Lease(claim, store, nudge=nudge) as lease:
        store.cancel(claim.run_id)
        assert not lease.lost.is_set()
        nudge.set()
        await lost(lease)
        assert lease.ending is State.CANCELLED
