"""Schedules, and who starts what is due; the clock is moved by moving the due time."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, update

from agent.errors import NotAllowed, NotFound, UsageError
from agent.runner.schedules import NewSchedule
from agent.runner.ticking import Ticking
from agent.runs.schedule_store import ScheduleStore, Tick
from agent.runs.states import State
from agent.runs.tables import metadata, schedule
from agent.vault.policy import Role
from tests.standins.postgres import programs, running_postgres
from tests.unit.runner.test_orders import Desk, desk, runner

if TYPE_CHECKING:
    from agent.runner import Runner
    from agent.runs.schedule_store import Schedule

__all__ = ["desk", "runner"]

LOOK = {"name": "Look", "steps": [{"type": "goto", "url": "https://hotel.example"}]}
NIGHTLY = NewSchedule("Nightly", "30 2 * * *", task="Look", zone="Europe/Berlin")


@pytest.fixture(autouse=True)
def _stored(runner: Runner) -> None:
    runner.tasks.add(json.dumps(LOOK).encode())


def due(desk: Desk, one: Schedule, ago: float = 1.0) -> float:
    """Make a schedule due a while ago; every minute is a due time of it."""
    at = time.time() - ago
    changed = update(schedule).where(schedule.c.id == one.id)
    with desk.office.engine.begin() as connection:
        connection.execute(changed.values(next_at=at))
    return at


def ticked(desk: Desk, role: Role | None = Role.OWNER) -> int:
    ticking = Ticking(desk.store.schedules, lambda _one: desk.runner(role, name="ann").orders)
    return ticking.tick()


def made(runner: Runner, **choice: Any) -> Schedule:
    return runner.schedules.add(NewSchedule("Often", "* * * * *", task="Look", **choice))


def last(runner: Runner) -> Tick:
    return runner.schedules.ticks("Often")[0]


def test_a_schedule_tells_when_it_is_due(runner: Runner) -> None:
    one = runner.schedules.add(NIGHTLY)
    coming = runner.schedules.upcoming("Nightly")
    assert len(coming) == 5
    assert coming[0] == one.next_at > time.time()
    assert runner.schedules.list() == [one] == [runner.schedules.get(one.id)]
    runner.schedules.pause("Nightly")
    assert runner.schedules.upcoming("Nightly") == []
    assert runner.schedules.resume("Nightly") == one
    runner.schedules.delete("Nightly")
    with pytest.raises(NotFound):
        runner.schedules.get("Nightly")


@pytest.mark.parametrize(
    "change",
    [
        {"cron": "soon"},
        {"zone": "Mars"},
        {"overlap": "maybe"},
        {"name": " "},
        {"task": "Lok"},
        {"inputs": {"n": 1}},
        {"mode": "lively"},
    ],
)
def test_a_schedule_of_what_could_not_run_is_refused(runner: Runner, change: Any) -> None:
    fields = {"name": "x", "cron": "* * * * *", "task": "Look"} | change
    with pytest.raises(UsageError):
        runner.schedules.add(NewSchedule(**fields))
    assert runner.schedules.list() == []


def test_two_schedules_have_two_names_and_another_project_sees_neither(
    desk: Desk, runner: Runner
) -> None:
    runner.schedules.add(NIGHTLY)
    with pytest.raises(UsageError, match="already"):
        runner.schedules.add(NIGHTLY)
    theirs = desk.runner(project="night-shift")
    assert theirs.schedules.list() == []
    with pytest.raises(NotFound):
        theirs.schedules.delete("Nightly")
    with pytest.raises(NotAllowed):
        desk.runner(Role.RUNNER).schedules.pause("Nightly")


def test_what_is_due_is_started_once_and_the_schedule_moves_on(desk: Desk, runner: Runner) -> None:
    one = made(runner)
    assert ticked(desk) == 0
    at = due(desk, one)
    assert ticked(desk) == 1
    assert ticked(desk) == 0
    [run] = runner.orders.page().items
    tick = last(runner)
    assert (tick.due, tick.outcome, tick.run_id) == (at, "started", run.id)
    assert (run.asked_by, run.state) == ("ann", State.QUEUED)
    assert runner.schedules.get("Often").next_at > time.time() - 1


def test_many_schedulers_start_each_due_time_once(desk: Desk, runner: Runner) -> None:
    one = made(runner, overlap="queue")
    for _ in range(5):
        due(desk, one)
        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(lambda _: ticked(desk), range(4))) == 1
    assert len(runner.orders.page().items) == 5


@pytest.mark.parametrize("placed", [False, True])
def test_a_due_time_that_a_killed_scheduler_had_taken_is_started_by_another(
    desk: Desk, runner: Runner, *, placed: bool
) -> None:
    one = made(runner, overlap="cancel")
    at = due(desk, one, 70.0)
    [seen], _ = desk.store.schedules.due()
    if placed:
        wanted = Ticking(desk.store.schedules, lambda _one: runner.orders)
        wanted._started(seen, Tick(at, "missed", None, ""))
    assert desk.store.schedules.move_on(seen, 4e9)
    assert ticked(desk) == 1
    assert ticked(desk) == 0
    [run] = runner.orders.page().items
    tick = last(runner)
    assert (tick.due, tick.outcome, tick.run_id) == (at, "started", run.id)
    assert run.state is State.QUEUED


def test_a_due_time_that_was_cut_short_is_not_started_while_its_schedule_is_paused(
    desk: Desk, runner: Runner
) -> None:
    at = due(desk, made(runner), 70.0)
    [seen], _ = desk.store.schedules.due()
    assert desk.store.schedules.move_on(seen, 4e9)
    runner.schedules.pause("Often")
    assert ticked(desk) == 0
    assert runner.orders.page().items == []
    tick = last(runner)
    assert (tick.due, tick.outcome, tick.why) == (at, "missed", "it was cut short")


def test_a_due_time_that_two_deal_with_has_one_run_which_is_not_in_its_own_way(
    desk: Desk, runner: Runner
) -> None:
    one = made(runner, overlap="cancel")
    at = due(desk, one)
    [seen], _ = desk.store.schedules.due()
    assert ticked(desk) == 1
    other = Ticking(desk.store.schedules, lambda _one: runner.orders)
    again = other._started(seen, Tick(at, "missed", None, ""))
    [run] = runner.orders.page().items
    assert (again.run_id, run.state) == (run.id, State.QUEUED)


class Careless(ScheduleStore):
    """The mutant: it moves a schedule on whoever was quicker."""

    def move_on(self, one: Schedule, next_at: float) -> bool:
        changed = update(schedule).where(schedule.c.id == one.id)
        with self.engine.begin() as connection:
            connection.execute(changed.values(next_at=next_at))
        return True


def test_positive_control_without_the_taking_two_schedulers_deal_with_one_due_time(
    desk: Desk, runner: Runner
) -> None:
    one = made(runner, overlap="queue")
    due(desk, one)
    store = Careless(desk.office.engine, "default")
    [seen], _ = store.due()
    assert [store.move_on(seen, 4e9), store.move_on(seen, 4e9)] == [True, True]
    # The real one lets one of them.
    due(desk, one)
    [seen], _ = desk.store.schedules.due()
    real = desk.store.schedules
    assert [real.move_on(seen, 4e9), real.move_on(seen, 4e9)] == [True, False]


@pytest.mark.skipif(programs() is None, reason="PostgreSQL is not installed")
def test_on_postgresql_too_one_scheduler_gets_a_due_time() -> None:
    with running_postgres() as url:
        engine = create_engine(url, pool_size=8)
        metadata.create_all(engine)
        store = ScheduleStore(engine, "default")
        fields = {"name": "n", "cron": "* * * * *", "zone": "UTC", "overlap": "skip"}
        more = {"paused": False, "next_at": 1.0, "mode": "test", "wanted": {}, "created_by": "ann"}
        store.add(fields | more)
        [one], now = store.due()
        assert abs(now - time.time()) < 60
        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(lambda _: store.move_on(one, 4e9), range(8))) == 1
        assert store.due()[0] == []
        engine.dispose()


@pytest.mark.parametrize(
    ("overlap", "outcome", "before", "waiting"),
    [
        ("skip", "skipped", State.QUEUED, 1),
        ("queue", "started", State.QUEUED, 2),
        ("cancel", "started", State.CANCELLED, 1),
    ],
)
def test_while_the_run_before_goes_on(
    desk: Desk, runner: Runner, overlap: str, outcome: str, before: State, waiting: int
) -> None:
    one = made(runner, overlap=overlap)
    due(desk, one)
    ticked(desk)
    [first] = runner.orders.page().items
    due(desk, one)
    ticked(desk)
    assert last(runner).outcome == outcome
    assert runner.orders.get(first.id).state is before
    queued = runner.orders.page(state="queued").items
    assert len(queued) == waiting
    if overlap == "queue":
        # Of the two only one is ever carried out at a time.
        assert len({run.serial_key for run in queued} - {None}) == 1


def test_what_nobody_was_there_for_is_left_out_unless_a_later_time_is_due(
    desk: Desk, runner: Runner
) -> None:
    yearly = NewSchedule("Often", "0 0 1 1 *", task="Look")
    one = runner.schedules.add(yearly)
    due(desk, one, ago=7200)
    ticked(desk)
    assert (last(runner).outcome, last(runner).run_id) == ("missed", None)
    runner.schedules.change("Often", NewSchedule("Often", "* * * * *", task="Look"))
    due(desk, one, ago=7200)
    assert ticked(desk) == 1
    assert len(runner.orders.page().items) == 1


def test_what_its_maker_may_not_do_any_more_is_refused_and_says_why(
    desk: Desk, runner: Runner
) -> None:
    one = made(runner)
    due(desk, one)
    ticked(desk, role=None)
    assert last(runner).outcome == "refused"
    assert "ann" in last(runner).why
    due(desk, one)
    runner.tasks.delete("Look", "Look")
    ticked(desk)
    assert "no stored task" in last(runner).why
    assert runner.orders.page().items == []


def test_a_paused_schedule_starts_nothing(desk: Desk, runner: Runner) -> None:
    one = made(runner)
    runner.schedules.pause("Often")
    due(desk, one)
    assert ticked(desk) == 0
