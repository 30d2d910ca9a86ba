"""A worker whose clock is off by ninety seconds makes no one-time code, and says why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.runner.orders import Order
from agent.runs.states import State
from agent.vault.new_secret import NewSecret
from agent.vault.origin import OriginPolicy

if TYPE_CHECKING:
    from tests.standins.hosts import Place

SEED = "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


def typing_a_code(place: Place) -> str:
    fields = {"username": "ann", "password": "correct horse", "totp": SEED}
    address = OriginPolicy.parse([place.site.url])
    place.runner.vault.add(NewSecret("Hotel", "login", fields, address))
    steps = [
        {"type": "goto", "url": f"{place.site.url}/page?n=1"},
        {
            "type": "fill",
            "target": {"label": "Code"},
            "value": {"secret": "LOGIN", "field": "totp"},
        },
    ]
    place.store(steps=steps, inputs={}, slots={"LOGIN": {"type": "login", "totp": "required"}})
    return place.runner.orders.place(Order("Knock", bindings={"LOGIN": "Hotel"})).id


@pytest.mark.browser
def test_a_run_that_needs_a_code_is_refused_with_a_hint(place: Place) -> None:
    run_id = typing_a_code(place)
    place.crew(1, clock_off=90.0)
    place.ended(run_id)
    run = place.runner.store.get(run_id)
    assert (run.state, run.outcome) == (State.FAILED, "clock_off")
    error = place.runner.report(run_id).error
    assert error is not None
    assert "s ahead of the database's" in error.message
    assert "set the clock" in error.hint
    codes = [row for row in place.runner.vault.trail().rows() if row["action"] == "code"]
    assert [row["outcome"] for row in codes if row["outcome"] == "allowed"] == []


@pytest.mark.slow
@pytest.mark.browser
def test_positive_control_with_a_clock_that_is_right_the_code_is_typed(place: Place) -> None:
    run_id = typing_a_code(place)
    place.crew(1)
    place.ended(run_id)
    assert place.state(run_id) is State.SUCCEEDED
