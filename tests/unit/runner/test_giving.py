"""Values that come with a request: who may give them, where they may go, and what is recorded."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from agent.errors import Conflict, NotAllowed, SecretUnfit, SlotUnbound, UsageError
from agent.runner.giving import Giving
from agent.runner.house import bindings_of, given_in
from agent.runner.orders import Order
from agent.runs.run import HERE
from agent.runs.states import OnLost
from agent.vault.given import is_given
from agent.vault.policy import LIVE, Role
from tests.unit.runner.conftest import SEED
from tests.unit.runner.test_orders import SITE, Desk, desk, document, runner, stored, written

if TYPE_CHECKING:
    from agent.runner import Runner
    from agent.runs.task_store import StoredTask

__all__ = ["desk", "runner", "stored"]

SLOT = "MANAGEMENT_LOGIN"
VALUES = {SLOT: {"username": "ann", "password": "CANARY-given", "totp": SEED}}


def order(task: StoredTask, **more: Any) -> Order:
    return Order(task=task.id, inputs={"night": "2026-11-22"}, **more)


def test_the_record_names_the_slot_and_holds_no_value(runner: Runner, stored: StoredTask) -> None:
    handed = Giving(runner.house).place(order(stored), VALUES)
    run = handed.run
    assert (run.pool, run.on_lost, run.max_attempts) == (HERE, OnLost.INTERRUPT, 1)
    assert (bindings_of(run), given_in(run)) == ({}, [SLOT])
    assert "CANARY" not in repr(handed)
    assert "CANARY" not in repr(run)
    assert handed.vault is not None
    assert json.loads(run.params)["bindings"][SLOT] in handed.vault.given


def test_a_given_value_goes_where_the_slot_says_and_nowhere_else(
    runner: Runner, stored: StoredTask
) -> None:
    handed = Giving(runner.house).place(order(stored), VALUES)
    assert handed.vault is not None
    [one] = handed.vault.given.values()
    assert one.card.origins.texts() == (SITE,)
    silent = document(name="Silent", slots={SLOT: {"type": "login"}})
    other = runner.tasks.add(json.dumps(silent).encode())
    with pytest.raises(UsageError, match="does not say where its secret goes"):
        Giving(runner.house).place(order(other), VALUES)


def test_an_origin_that_an_input_makes_is_the_one_that_input_made(runner: Runner) -> None:
    made = document(
        name="Anywhere",
        inputs={"site": {"type": "string", "default": "https://one.example"}},
        slots={SLOT: {"type": "login", "origins": ["${inputs.site}"]}},
        steps=[{"type": "sign_in", "slot": SLOT, "url": "${inputs.site}/login"}],
    )
    task = runner.tasks.add(json.dumps(made).encode())
    handed = Giving(runner.house).place(Order(task=task.id), VALUES)
    assert handed.vault is not None
    [one] = handed.vault.given.values()
    assert one.card.origins.texts() == ("https://one.example",)


@pytest.mark.parametrize(
    ("role", "mode", "may"),
    [
        (Role.OWNER, "test", True),
        (Role.EDITOR, "test", True),
        (Role.EDITOR, LIVE, False),
        (Role.ADMIN, LIVE, True),
        (Role.RUNNER, "test", False),
        (None, "test", False),
    ],
)
def test_who_may_bind_in_a_mode_may_give(
    desk: Desk, stored: StoredTask, role: Any, mode: str, *, may: bool
) -> None:
    giving = Giving(desk.runner(role).house)
    if may:
        assert giving.place(order(stored, mode=mode), VALUES).run.mode == mode
    else:
        with pytest.raises(NotAllowed):
            giving.place(order(stored, mode=mode), VALUES)


@pytest.mark.parametrize(
    ("values", "refused"),
    [
        ({"OTHER": {"username": "ann", "password": "CANARY-x"}}, UsageError),
        ({SLOT: {"username": "ann", "password": "CANARY-x"}}, SecretUnfit),
        ({SLOT: {"username": "ann", "passwrd": "CANARY-x"}}, UsageError),
        ({}, SlotUnbound),
    ],
)
def test_what_does_not_fit_is_refused_and_not_quoted(
    runner: Runner, stored: StoredTask, values: Any, refused: type[Exception]
) -> None:
    with pytest.raises(refused) as told:
        Giving(runner.house).place(order(stored), values)
    assert "CANARY" not in str(told.value)
    assert runner.store.active() == []


def test_a_slot_is_bound_or_given_and_a_deployment_takes_nothing(
    runner: Runner, stored: StoredTask
) -> None:
    both = order(stored, bindings={SLOT: "any"})
    with pytest.raises(UsageError, match="a secret is bound to it and values are given"):
        Giving(runner.house).place(both, VALUES)
    with pytest.raises(UsageError, match="its own secrets"):
        Giving(runner.house).place(Order(deployment="Guests"), VALUES)


def test_what_asks_for_a_worker_or_for_later_takes_none(runner: Runner, stored: StoredTask) -> None:
    giving = Giving(runner.house)
    for more in ({"after": 60.0}, {"queue": "night"}, {"labels": ("eu",)}, {"not_before": 1.0}):
        with pytest.raises(UsageError, match="waits in no queue"):
            giving.place(order(stored, **more), VALUES)
    choosy = runner.tasks.add(written(name="Choosy", labels=["eu"]))
    with pytest.raises(UsageError, match="which workers may run it"):
        giving.place(order(choosy), VALUES)


def test_one_key_is_one_run_and_its_mark_tells_nothing_of_the_values(
    runner: Runner, stored: StoredTask
) -> None:
    giving, keyed = Giving(runner.house), order(stored, idem_key="night")
    first = giving.place(keyed, VALUES)
    other = {SLOT: {**VALUES[SLOT], "password": "CANARY-another"}}
    second = giving.place(keyed, other)
    assert first.run.id == second.run.id
    assert second.vault is None, "nobody carries it out twice"
    with pytest.raises(Conflict):
        runner.orders.place(order(stored, idem_key="night", bindings={SLOT: "x"}))


def test_it_is_not_placed_again_and_not_resumed(runner: Runner, stored: StoredTask) -> None:
    run = Giving(runner.house).place(order(stored), VALUES).run
    runner.orders.cancel(run.id)
    for place in (runner.orders.again, runner.orders.resume):
        with pytest.raises(UsageError, match="were given for run"):
            place(run.id)


def test_a_task_that_may_begin_anew_does_not_when_its_values_are_gone(runner: Runner) -> None:
    task = runner.tasks.add(written(name="Anew", on_lost="requeue"))
    assert Giving(runner.house).place(order(task), VALUES).run.on_lost is OnLost.INTERRUPT


def test_refs_of_stored_secrets_are_none_of_these() -> None:
    assert not is_given("0b6c6a3e-7a51-4b8e-9d5e-0d3f2b1c4a5e")
