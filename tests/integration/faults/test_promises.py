"""The rest of what is promised of runs, each promise with real processes on each database."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from agent.runner.schedules import NewSchedule
from agent.runs.states import State
from agent.runs.tables import schedule, schedule_tick
from agent.vault.new_secret import NewSecret
from agent.vault.origin import OriginPolicy
from tests.standins.crew import SHORT
from tests.standins.hosts import EXECUTABLE, PATIENCE, freeze, killed

if TYPE_CHECKING:
    from typing import Any

    from tests.standins.hosts import Place, Process

ACCOUNT = "one account"

PLACES_AND_STANDS = """
import sys, time
from pathlib import Path
from sqlalchemy import event
from agent.runner.orders import Order
from agent.settings import Settings
from agent.wiring import build
import os

runner = build(Settings.load(os.environ, Path.cwd()))

def stand(*_):
    Path("stands").touch()
    time.sleep(600)

if sys.argv[1] == "before":
    event.listen(runner.store.engine, "commit", stand)
runner.orders.place(Order("Knock", inputs={"n": 1}, idem_key="once"))
stand()
"""


def killed_placing(place: Place, when: str) -> None:
    """Kill a process that places a run, before or after what it wrote is kept."""
    process = place.start([sys.executable, "-c", PLACES_AND_STANDS, when])
    place.wait((place.home / "stands").exists)
    killed(process)


@pytest.mark.parametrize(("when", "there"), [("before", 0), ("after", 1)])
def test_who_dies_placing_a_run_has_placed_it_or_not_and_may_ask_again(
    place: Place, when: str, there: int
) -> None:
    killed_placing(place, when)
    assert len(place.runner.store.list()) == there
    place.site.let_go(1)
    again = place.place(1, idem_key="once")
    assert place.place(1, idem_key="once") == again
    place.crew(1)
    place.ended(again)
    assert [run.id for run in place.runner.store.list()] == [again]
    assert place.site.seen == [("/begin", 1), ("/hold", 1), ("/end", 1)]


@pytest.mark.slow
def test_one_order_from_many_processes_at_once_is_one_run(place: Place) -> None:
    queue = ["tasks", "queue", "Knock", "--input", "n=1", "--key", "once"]
    asked = [place.start([EXECUTABLE, *queue]) for _ in range(4)]
    assert [one.wait(PATIENCE) for one in asked] == [0] * 4
    [run] = place.runner.store.list()
    place.site.let_go(1)
    for host in ("first", "second"):
        place.crew(1, host=host)
    place.ended(run.id)
    assert place.site.times("/begin") == {1: 1}


def held(place: Place, number: int, **choice: float) -> tuple[str, Process]:
    run_id = place.place(number)
    worker = place.crew(1, host="first", **choice)
    place.site.wait_for("/hold", number)
    return run_id, worker


def test_a_run_that_goes_on_is_cancelled_within_its_renewal_and_one_that_waits_never_starts(
    place: Place,
) -> None:
    going, _ = held(place, 1)
    waits = place.place(2)
    assert place.runner.orders.cancel(waits).state is State.CANCELLED
    assert place.runner.orders.cancel(going).cancel_requested
    took = place.wait(lambda: place.state(going).ended)
    assert place.state(going) is State.CANCELLED
    assert took < 15  # one renewal on a calm machine
    assert place.site.seen == [("/begin", 1), ("/hold", 1)]


def test_a_cancelled_run_whose_worker_then_dies_is_cancelled(place: Place) -> None:
    place.store(on_lost="requeue")
    going, worker = held(place, 1)
    freeze(place, worker)
    assert place.runner.orders.cancel(going).cancel_requested
    killed(worker)
    place.crew(1, host="second")
    place.ended(going)
    assert place.state(going) is State.CANCELLED
    assert place.site.seen == [("/begin", 1), ("/hold", 1)]


def test_a_worker_asked_to_end_takes_no_more_and_stops_what_has_not_ended_by_its_grace(
    place: Place,
) -> None:
    going, worker = held(place, 1, grace=1.0)
    waits = place.place(2)
    worker.terminate()
    assert worker.wait(PATIENCE) == 0
    assert place.state(going) is State.INTERRUPTED
    assert place.state(waits) is State.QUEUED
    assert place.runner.orders.workers() == []
    place.site.let_go(1, 2)
    place.crew(1, host="second")
    place.ended(waits)
    assert place.site.times("/end") == {2: 1}


def test_a_run_that_fails_is_not_begun_again_by_itself(place: Place) -> None:
    nowhere = {"type": "http", "url": "http://127.0.0.1:9/", "local": True}
    begin = {"type": "http", "url": f"{place.site.url}/begin?n=1", "local": True}
    place.store(steps=[begin, nowhere], on_lost="requeue")
    fails, after = place.place(1), place.place(2)
    place.crew(1)
    place.ended(fails, after)
    runs = [place.runner.store.get(one) for one in (fails, after)]
    assert [(run.state, run.outcome, run.attempt) for run in runs] == [
        (State.FAILED, "site_unreachable", 1)
    ] * 2
    assert place.site.times("/begin") == {1: 2}


def failing(place: Place, *steps: dict[str, Any], **more: Any) -> None:
    """Store a task that may be begun again when it fails, and does so with its last step."""
    nowhere = {"type": "http", "url": "http://127.0.0.1:9/", "local": True}
    place.store(steps=[*steps, nowhere], on_failed="requeue", **more)


def test_a_run_that_fails_is_begun_again_after_a_pause_where_its_task_says_so(
    place: Place,
) -> None:
    begin = {"type": "http", "url": f"{place.site.url}/begin?n=1", "local": True}
    failing(place, begin)
    fails = place.place(1)
    place.crew(1, pause=0.5)
    place.ended(fails)
    run = place.runner.store.get(fails)
    assert (run.state, run.outcome, run.attempt) == (State.FAILED, "site_unreachable", 3)
    assert place.site.times("/begin") == {1: 3}
    events = place.runner.events.since(fails)
    again = [one for one in events if one.kind == "requeued"]
    assert [one.data["after"] for one in again] == [0.5, 1.0]
    assert all("127.0.0.1:9" in one.data["why"] for one in again)
    begun = [one.at for one in events if one.kind == "started"]
    for one, start in zip(again, begun[1:], strict=True):
        assert start - one.at >= one.data["after"]


def test_one_that_is_to_stop_is_not_begun_again(place: Place) -> None:
    failing(place)
    fails = place.place(1)
    worker = place.crew(1, pause=3600)
    place.wait(lambda: place.runner.store.get(fails).error is not None)
    assert place.state(fails) is State.QUEUED
    place.runner.orders.cancel(fails)
    assert place.state(fails) is State.CANCELLED
    killed(worker)


def test_after_a_password_was_used_nothing_is_begun_again(place: Place) -> None:
    fields = {"username": "ann", "password": "canary-word-17"}
    address = OriginPolicy.parse([place.site.url])
    card = place.runner.vault.add(NewSecret("Desk", "basic_auth", fields, address))
    carried = {"type": "http", "url": f"{place.site.url}/carried", "basic_auth": "DESK"}
    failing(place, carried, slots={"DESK": {"type": "basic_auth"}})
    fails = place.place(1, bindings={"DESK": card.id})
    place.crew(1)
    place.ended(fails)
    run = place.runner.store.get(fails)
    assert (run.state, run.outcome, run.attempt) == (State.FAILED, "site_unreachable", 1)
    assert [one.path for one in place.site.requests if one.credential] == ["/carried"]


def test_with_two_schedulers_each_due_time_starts_once(place: Place) -> None:
    place.store(paths=("/begin",))
    wanted = NewSchedule("Often", "* * * * *", task="Knock", inputs={"n": 1}, overlap="queue")
    one = place.runner.schedules.add(wanted)
    crews = [place.crew(2, host=host) for host in ("first", "second")]
    place.wait(lambda: len(place.runner.orders.workers()) == 2)
    engine = place.runner.store.engine
    for times in range(1, 6):
        with engine.begin() as connection:
            now = {"next_at": time.time() - 0.5}
            connection.execute(update(schedule).where(schedule.c.id == one.id).values(**now))
        place.site.wait(lambda times=times: place.site.times("/begin")[1] >= times)
    place.wait(lambda: all(run.state.ended for run in place.runner.store.list()))
    with engine.connect() as connection:
        ticks = connection.execute(select(schedule_tick)).all()
    started = [tick for tick in ticks if tick.outcome == "started"]
    # A minute may have begun meanwhile, which is a due time as well.
    assert 5 <= len(started) == len(ticks) <= 7
    assert len({tick.run_id for tick in started}) == len(started)
    assert place.site.times("/begin") == {1: len(started)}
    assert [crew.poll() for crew in crews] == [None, None]


@pytest.mark.slow
def test_with_a_clock_that_is_off_leases_are_right_all_the_same(place: Place) -> None:
    off, _ = held(place, 1, clock_off=90.0)
    place.crew(1, host="second", clock_off=-90.0)
    place.wait(lambda: [one.state for one in place.runner.orders.workers()] == ["clock off"] * 2)
    # Nobody takes it for lost, though by one clock its lease has long ended.
    time.sleep(SHORT.ttl + 1)
    place.site.let_go(1)
    place.ended(off)
    run = place.runner.store.get(off)
    assert (run.state, run.attempt) == (State.SUCCEEDED, 1)
    lost = place.place(2)
    place.site.wait_for("/hold", 2)
    for process in place.started[:2]:
        killed(process)
    place.crew(1, host="third")
    place.ended(lost)
    assert place.state(lost) is State.INTERRUPTED
