"""What the runs come to: by task and day, by site, and when codes will be wanted."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from agent.runner.figures import ELSEWHERE, Use, days_of, line_of, logins_of
from agent.runner.schedules import NewSchedule
from agent.runs.report import Report, StepReport
from agent.runs.run import Run
from agent.runs.states import State
from agent.vault.access.scopes import only
from agent.vault.policy import LIVE, TEST
from tests.unit.runner.conftest import login
from tests.unit.runner.test_orders import SITE, desk, order, runner, stored

if TYPE_CHECKING:
    from agent.runner import Runner
    from agent.runs.task_store import StoredTask

__all__ = ["desk", "runner", "stored"]

NOON = 1_795_348_800.0  # 2026-11-22 12:00 UTC
DAY = 86_400.0
DOCUMENT: dict[str, Any] = {
    "slots": {"HOTEL": {"type": "login", "origins": ["https://slot.example"]}},
    "steps": [
        {"type": "goto", "url": "https://other.example"},
        {"type": "sign_in", "slot": "HOTEL", "url": "${inputs.site}/login"},
    ],
}


def ended(at: float, state: State = State.SUCCEEDED, **more: Any) -> Run:
    usual = Run("r", "Guests", state, "{}", at, started_at=at, finished_at=at + 10)
    return replace(usual, **more)


def signed_in(outcome: str, at: str = "2", status: str = "passed", **params: Any) -> Run:
    step = StepReport(0, "sign_in", "sign in", status, outcome, 1.0, at)
    other = StepReport(1, "goto", "open", "passed", "passed", 1.0, "1")
    report = Report("r", "Guests", "succeeded", "passed", steps=(other, step)).to_json()
    written = {"document": DOCUMENT, "inputs": {"site": "https://hotel.example"}, **params}
    return ended(NOON, id=str(uuid4()), params=json.dumps(written), report=report)


def test_runs_are_counted_by_task_and_day_and_those_that_go_on_are_not() -> None:
    runs = [
        ended(NOON),
        ended(NOON, State.FAILED, finished_at=NOON + 30),
        ended(NOON + DAY),
        ended(NOON, task="Another"),
        ended(NOON, State.RUNNING, finished_at=None),
    ]
    another, guests = days_of(runs)
    assert another.task == "Another"
    told = [(day.date, day.ended, day.succeeded, day.seconds) for day in guests.days]
    assert told == [("2026-11-22", 2, 1, 20.0), ("2026-11-23", 1, 1, 10.0)]


def test_sign_ins_are_counted_where_they_happened() -> None:
    runs = [
        signed_in("signed_in"),
        signed_in("signed_in"),
        signed_in("bad_credentials", status="failed"),
        signed_in("signed_in", status="not_run"),
        signed_in("session_reused", at="1.2[1]"),
        signed_in("signed_in", inputs={}),
        ended(NOON),
    ]
    told = {one.site: dict(one.outcomes) for one in logins_of(runs)}
    assert told == {
        "https://hotel.example": {"signed_in": 2, "bad_credentials": 1},
        "https://slot.example": {"signed_in": 1},
        ELSEWHERE: {"session_reused": 1},
    }


def test_two_that_want_a_code_within_one_period_contend() -> None:
    first, second, later = Use(100.0, "a"), Use(120.0, "b"), Use(150.0, "c")
    assert line_of("Hotel", [later, second, first]).contended == {first, second}
    assert line_of("Hotel", [first, later]).contended == frozenset()


def test_codes_to_come_are_those_of_schedules_and_of_runs_that_wait(
    runner: Runner, stored: StoredTask
) -> None:
    wish = order(runner)
    runner.orders.place(wish)
    for name in ("Mornings", "Also then"):
        runner.schedules.add(
            NewSchedule(
                name, "30 7 * * *", stored.id, bindings=wish.bindings, inputs=dict(wish.inputs)
            )
        )
    [line] = runner.figures.codes(NOON)
    assert line.secret == "Hotel admin"
    assert len(line.uses) == 11
    assert {use.what for use in line.contended} == {"Mornings", "Also then"}
    assert SITE not in str(line)


def test_a_schedule_counts_for_a_secret_that_it_names_by_its_name(
    runner: Runner, stored: StoredTask
) -> None:
    wish = order(runner)
    runner.keep(login(mode=LIVE))
    named = {"MANAGEMENT_LOGIN": "Hotel admin"}
    runner.schedules.add(
        NewSchedule("Mornings", "30 7 * * *", stored.id, bindings=named, inputs=dict(wish.inputs))
    )
    [line] = runner.figures.codes(NOON)
    assert [use.what for use in line.uses] == ["Mornings"] * 5


def test_a_token_of_one_mode_is_told_nothing_of_secrets_of_the_other(
    runner: Runner, stored: StoredTask
) -> None:
    assert stored.name == "Guests"
    runner.orders.place(order(runner))

    def told(mode: str) -> list[str]:
        limits = only(mode, ("runs:read", "secrets:list"))
        limited = replace(runner, actor=replace(runner.actor, only=limits))
        return [line.secret for line in limited.figures.codes(NOON)]

    assert told(TEST) == ["Hotel admin"]
    assert told(LIVE) == []


def test_the_newest_runs_are_looked_at(runner: Runner, stored: StoredTask) -> None:
    assert stored.name == "Guests"
    for _ in range(3):
        runner.orders.place(order(runner))
    assert len(runner.figures.newest()) == 3
