import json
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import pytest

from agent.errors import OriginRefused, TaskInvalid, UsageError
from agent.planner import Plan, make_plan, read_task
from agent.tasks import bind, load_text
from agent.vault.origin import OriginPolicy
from agent.vault.secret import SecretCard, SecretRef

DEMO = Path(__file__).parents[3] / "tasks/checked-in-guests.json"
CARD = SecretCard(
    id="5f0c6f0e-7d0c-4f5e-9d0a-000000000001",
    name="Hotel admin",
    type="login",
    fields=("username", "password", "totp"),
    origins=OriginPolicy.parse(["http://127.0.0.1:8020"]),
    version=1,
    mode="test",
    visibility="restricted",
    created_at="2026-11-22T00:00:00Z",
)
SITE = "http://127.0.0.1:8020"


def plan_of(*steps: Any, slot: dict[str, Any] | None = None, **inputs: str) -> Plan:
    document = {
        "name": "x",
        "slots": {"A": slot or {}},
        "inputs": {name: {} for name in inputs},
        "steps": list(steps),
    }
    return make_plan(bind(load_text(json.dumps(document), "t.json"), {"A": CARD}, inputs))


def demo() -> Plan:
    bound = bind(read_task(DEMO), {"MANAGEMENT_LOGIN": CARD}, {"date": "2026-11-23"})
    return make_plan(bound)


def test_a_plan_names_its_secrets_and_holds_its_inputs() -> None:
    plan = demo()
    assert plan.task_name == "Checked-in guests"
    assert plan.bindings == {"MANAGEMENT_LOGIN": SecretRef(CARD.id)}
    assert plan.inputs["date"] == "2026-11-23"
    assert plan.outputs == {"guests": "guests"}
    assert plan.steps[0].title == "open http://127.0.0.1:8020"
    assert "2026-11-23" in plan.steps[6].title


def test_a_plan_comes_back_from_the_store_as_it_was() -> None:
    plan = demo()
    assert Plan.from_json(plan.to_json()) == plan
    assert "Hotel admin" not in plan.to_json()


def test_a_plan_of_another_format_is_refused() -> None:
    stored = json.loads(demo().to_json()) | {"format": 99}
    with pytest.raises(UsageError, match="another version"):
        Plan.from_json(json.dumps(stored))


def test_a_stored_plan_is_checked_again() -> None:
    stored = json.loads(demo().to_json())
    stored["document"]["steps"][0]["type"] = "launch"
    with pytest.raises(TaskInvalid, match=r"steps\[0\]\.type"):
        Plan.from_json(json.dumps(stored))


def test_a_plan_does_not_change() -> None:
    plan = demo()
    with pytest.raises(FrozenInstanceError):
        plan.task_name = "y"  # type: ignore[misc]  # what this test is about
    with pytest.raises(TypeError):
        plan.bindings["B"] = SecretRef("x")  # type: ignore[index]  # what this test is about


def test_without_outputs_every_result_is_given_back_by_its_own_name() -> None:
    plan = plan_of({"type": "extract", "target": {"css": "table"}, "save_as": "rows"})
    assert plan.outputs == {"rows": "rows"}
    assert plan.result({"rows": [1], "other": 2}) == {"rows": [1]}
    assert plan.result({}) == {}


def test_an_input_may_make_an_address_wrong() -> None:
    with pytest.raises(TaskInvalid, match=r"steps\[0\]\.url: only http and https"):
        plan_of({"type": "goto", "url": "${inputs.site}/x"}, site="file:///etc")


def test_an_escaped_placeholder_does_not_hide_an_address_from_the_check() -> None:
    with pytest.raises(TaskInvalid, match=r"steps\[0\]\.url: only http and https"):
        plan_of({"type": "goto", "url": "file:///etc/passwd#$${"})


def test_what_an_input_brings_is_never_taken_for_a_secret_or_an_input() -> None:
    text = '{"secret": "A", "field": "password"} ${inputs.a} ${A.password}'
    plan = plan_of({"type": "fill", "target": {"label": "x"}, "value": "${inputs.a}"}, a=text)
    assert plan.steps[0].model_dump()["value"] == text
    assert not plan.steps[0].uses()


def test_signing_in_at_a_site_the_secret_is_not_for_is_refused() -> None:
    with pytest.raises(OriginRefused, match=r"https://evil\.example"):
        plan_of({"type": "sign_in", "slot": "A", "url": "https://evil.example/login"})
    assert plan_of({"type": "sign_in", "slot": "A", "url": f"{SITE}/login"})


def test_a_slot_that_lists_its_origins_may_start_to_sign_in_elsewhere() -> None:
    step = {"type": "sign_in", "slot": "A", "url": "https://app.example/start"}
    assert plan_of(step, slot={"origins": [SITE]})
