"""No value leaves the vault for a run that was lost, whatever its old worker believes."""

from __future__ import annotations

import asyncio
import signal
import time
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from agent.errors import RunInterrupted
from agent.runner.orders import Order
from agent.runs.clocks import ClockOff
from agent.runs.fencing import RunFence
from agent.runs.lease import Lease
from agent.runs.states import State
from agent.vault.admission import Admission
from agent.vault.kept_sessions import KeptSessions
from agent.vault.new_secret import NewSecret
from agent.vault.origin import Origin, OriginPolicy
from agent.vault.reveal import Receiver, claim_code, pass_code, reveal_to, still_held
from tests.standins.hosts import freeze, killed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agent.runs.claim import Claim
    from agent.vault.open import RunSecrets
    from agent.vault.secret import SecretCard
    from tests.standins.hosts import Place, Process

TOKEN = "canary-token-91"
HOTEL = Receiver((Origin.parse("https://hotel.example"),), "sign in")
SEED = "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
NOW = 1_800_000_000.0


def carrying(place: Place, *without: str) -> tuple[str, Process]:
    """Have a run stand before the request that carries a token."""
    address = OriginPolicy.parse([place.site.url])
    card = place.runner.vault.add(NewSecret("Desk", "bearer_token", {"token": TOKEN}, address))
    steps = [
        {"type": "http", "url": f"{place.site.url}/hold", "query": {"n": "1"}, "local": True},
        {"type": "http", "url": f"{place.site.url}/carried", "bearer_token": "DESK"},
    ]
    place.store(steps=steps, inputs={}, slots={"DESK": {"type": "bearer_token"}})
    order = Order("Knock", bindings={"DESK": card.id})
    run_id = place.runner.orders.place(order).id
    worker = place.crew(1, *without, host="first")
    place.site.wait_for("/hold", 1)
    return run_id, worker


def carried(place: Place) -> list[str]:
    return [one.credential for one in place.site.requests if one.path == "/carried"]


def lost_and_woken(place: Place, *without: str) -> str:
    """Freeze the worker, end the run as lost, and wake the worker before its request."""
    run_id, asleep = carrying(place, *without)
    freeze(place, asleep)
    with place.runner.store.engine.begin() as connection:
        connection.execute(text("UPDATE runs SET lease_until = 1"))
    place.runner.store.sweep()
    assert place.state(run_id) is State.INTERRUPTED
    place.site.let_go(1)
    asleep.send_signal(signal.SIGCONT)
    # When it has carried out another run, it is done with this one.
    place.store()
    later = place.place(2)
    place.site.let_go(2)
    place.ended(later)
    killed(asleep)
    return run_id


@pytest.mark.slow
def test_a_worker_without_its_own_fence_still_releases_nothing_for_a_lost_run(
    place: Place,
) -> None:
    lost = lost_and_woken(place, "fence")
    assert carried(place) == []
    refused = [row for row in place.runner.vault.trail().rows() if row["run_id"] == lost]
    assert [row["outcome"] for row in refused if row["action"] == "revealed"] == ["refused"]
    assert "interrupted" in str(refused[-1]["detail"])


@pytest.mark.slow
def test_positive_control_without_the_token_checked_at_release_it_would(place: Place) -> None:
    lost_and_woken(place, "fence", "token")
    assert carried(place) == [f"Bearer {TOKEN}"]


def test_a_run_that_goes_on_carries_its_token(place: Place) -> None:
    run_id, _ = carrying(place)
    place.site.let_go(1)
    place.ended(run_id)
    assert (place.state(run_id), carried(place)) == (State.SUCCEEDED, [f"Bearer {TOKEN}"])


@pytest.fixture
def card(place: Place) -> SecretCard:
    fields = {"username": "ann", "password": "correct horse", "totp": SEED}
    made = NewSecret("Hotel", "login", fields, OriginPolicy.parse(["https://hotel.example"]))
    return place.runner.vault.add(made)


@pytest.fixture
def claim(place: Place) -> Claim:
    run = place.runner.store.add("demo", "{}")
    made = place.runner.store.claim(run.id, "here")
    assert made is not None
    return made


class Stuck(Lease):
    """A lease that believes it holds, whatever the time."""

    def require(self) -> None:
        """Believe it."""


@pytest.fixture
def opened(place: Place, claim: Claim, card: SecretCard) -> Iterator[RunSecrets]:
    fence = RunFence(Stuck(claim, place.runner.store))
    admission = Admission(fence=fence)
    with place.runner.vault.open_for_run({"LOGIN": card.ref}, claim.run_id, admission) as secrets:
        yield secrets


RELEASES: dict[str, Callable[[RunSecrets], object]] = {
    "a password": lambda opened: reveal_to(opened["LOGIN"], "password", HOTEL),
    "a code": lambda opened: claim_code(opened["LOGIN"], HOTEL, now=NOW),
    "a given code": lambda opened: pass_code(opened["LOGIN"], "123456", HOTEL),
}


@pytest.mark.parametrize("release", RELEASES.values(), ids=RELEASES)
def test_each_release_asks_the_database_whose_the_run_is(
    place: Place, opened: RunSecrets, claim: Claim, release: Callable[[RunSecrets], object]
) -> None:
    assert release(opened)
    before = place.runner.vault.trail().verify().rows
    with place.runner.store.engine.begin() as connection:
        connection.execute(text("UPDATE runs SET attempt = attempt + 1"))
    with pytest.raises(RunInterrupted, match="lost to another worker"):
        release(opened)
    with place.runner.store.engine.begin() as connection:
        # The same attempt, and its time is up: nobody has looked yet.
        connection.execute(text("UPDATE runs SET attempt = attempt - 1, lease_until = 1"))
    with pytest.raises(RunInterrupted):
        release(opened)
    place.runner.store.sweep()
    with pytest.raises(RunInterrupted):
        release(opened)
    rows = place.runner.vault.trail().rows()[before:]
    written = [(row["outcome"], row["run_id"]) for row in rows]
    assert written == [("refused", claim.run_id)] * 3


def test_a_lost_run_takes_no_code_from_the_one_that_goes_on(
    place: Place, opened: RunSecrets
) -> None:
    first = claim_code(opened["LOGIN"], HOTEL, now=NOW)
    with place.runner.store.engine.begin() as connection:
        connection.execute(text("UPDATE runs SET attempt = attempt + 1"))
    for _ in range(3):
        with pytest.raises(RunInterrupted):
            claim_code(opened["LOGIN"], HOTEL, now=NOW)
    with place.runner.store.engine.begin() as connection:
        connection.execute(text("UPDATE runs SET attempt = attempt - 1"))
    assert claim_code(opened["LOGIN"], HOTEL, now=NOW).opens_at == first.closes_at


def test_secrets_are_not_opened_for_a_lost_run_and_its_session_is_neither_given_nor_kept(
    place: Place, opened: RunSecrets, claim: Claim, card: SecretCard
) -> None:
    with place.runner.store.engine.begin() as connection:
        connection.execute(text("UPDATE runs SET attempt = attempt + 1"))
    with pytest.raises(RunInterrupted):
        place.runner.vault.open_for_run(
            {"LOGIN": card.ref}, claim.run_id, Admission(fence=opened.fence)
        )
    kept = KeptSessions(place.runner.vault.trail(), opened.fence)
    with pytest.raises(RunInterrupted):
        kept.use(card, "https://hotel.example")
    with pytest.raises(RunInterrupted):
        kept.keep(card, "https://hotel.example", b"{}")


async def test_what_was_released_is_not_used_after_a_freeze(place: Place, card: SecretCard) -> None:
    run = place.runner.store.add("demo", "{}")
    claim = place.runner.store.claim(run.id, "here")
    assert claim is not None
    now = [claim.since]
    lease = Lease(claim, place.runner.store, clock=lambda: now[0])
    admission = Admission(fence=RunFence(lease))
    open_for_run = place.runner.vault.open_for_run
    with await asyncio.to_thread(open_for_run, {"LOGIN": card.ref}, run.id, admission) as secrets:
        await asyncio.to_thread(reveal_to, secrets["LOGIN"], "password", HOTEL)
        still_held(secrets["LOGIN"])
        now[0] += place.runner.store.times.fence
        with pytest.raises(RunInterrupted, match="stood still"):
            still_held(secrets["LOGIN"])
        with pytest.raises(RunInterrupted, match="stood still"):
            await asyncio.to_thread(reveal_to, secrets["LOGIN"], "password", HOTEL)


@pytest.mark.parametrize("off", [90.0, -90.0])
def test_a_clock_that_is_off_makes_no_codes_and_everything_else_goes_on(
    place: Place, claim: Claim, card: SecretCard, off: float
) -> None:
    store = place.runner.store
    fence = RunFence(Stuck(claim, store), lambda: time.time() + off)
    admission = Admission(fence=fence)
    with place.runner.vault.open_for_run({"LOGIN": card.ref}, claim.run_id, admission) as opened:
        with pytest.raises(ClockOff, match=r"clock is (8\d|90) s") as refused:
            claim_code(opened["LOGIN"], HOTEL, now=NOW)
        assert "set the clock" in refused.value.hint
        assert reveal_to(opened["LOGIN"], "password", HOTEL) == "correct horse"
