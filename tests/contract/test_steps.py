"""What every kind of step promises; a new line in the table is tested without a new test."""

import json
from pathlib import Path
from typing import Any

import pytest

from agent.errors import TaskInvalid
from agent.planner import check, json_schema
from agent.steps import STEPS, Step
from agent.tasks import load_text
from agent.tasks.placeholders import MISPLACED

FOLDER = Path(__file__).parents[2] / "agent/steps"
# Modules of agent/steps that are no kind of step.
SHARED = {
    "__init__", "addresses", "answering", "beyond", "branch", "condition", "context", "json_path",
    "looking", "records", "retry", "roles", "rows", "secret_uses", "sent", "step", "tables",
    "target", "turning", "unmet", "values", "vanishing",
}  # fmt: skip
KINDS = sorted(STEPS)


def problems(step: dict[str, Any]) -> list[str]:
    slots = {"MANAGEMENT_LOGIN": {"totp": "required"}, "FILES": {"type": "sftp_password"}}
    guests = {"type": "set", "save_as": "guests", "value": []}
    inner = {
        "name": "y",
        "slots": {"LOGIN": {}},
        "inputs": {"site": {}},
        "steps": [{"type": "sign_in", "slot": "LOGIN"}],
    }
    document = {
        "name": "x",
        "slots": slots,
        "included": {"parts/sign-in.json": inner},
        "steps": [step, guests],
    }
    before = step.get("type") == "for_each"  # it needs a list that is there
    if before:
        document["steps"] = [guests, step]
    try:
        check(load_text(json.dumps(document), "t.json"))
    except TaskInvalid as error:
        lines = [f"{one.path}: {one.message}" for one in error.problems]
        return [line.replace("steps[1]", "steps[0]", 1) if before else line for line in lines]
    return []


def test_every_module_has_a_line_and_every_line_a_module() -> None:
    modules = {path.stem for path in FOLDER.glob("*.py")} - SHARED
    assert modules == STEPS.modules()


def test_only_these_need_not_have_the_picture_of_the_page_before_them_waited_for() -> None:
    # The first only looks; the second waits by itself, before its first move.
    assert {kind for kind in KINDS if not STEPS[kind].changes_at_once} == {"wait_for", "sign_in"}


@pytest.mark.parametrize("kind", KINDS)
def test_the_line_leads_to_a_step_of_that_type(kind: str) -> None:
    assert issubclass(STEPS[kind], Step)
    assert STEPS[kind].model_fields["type"].default == kind
    # "if" is no name for a module.
    assert STEPS[kind].__module__.rstrip("_") == f"agent.steps.{kind}"


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_of_the_docstring_is_right(kind: str) -> None:
    example = STEPS[kind].example()
    assert example["type"] == kind
    assert problems(example) == []
    assert STEPS[kind].purpose()


@pytest.mark.parametrize("kind", KINDS)
def test_the_kind_is_in_the_schema_with_all_its_keys_explained(kind: str) -> None:
    described = json_schema()["$defs"][STEPS[kind].__name__]
    assert described["properties"]["type"]["const"] == kind
    assert described["additionalProperties"] is False
    assert described["examples"] == [STEPS[kind].example()]
    unexplained = [
        key
        for key, about in described["properties"].items()
        if key != "type" and "description" not in about and "$ref" not in about
    ]
    assert unexplained == []


@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_key_is_refused_with_its_path(kind: str) -> None:
    (line,) = problems(STEPS[kind].example() | {"tiemout": 3})
    assert line == 'steps[0].tiemout: unknown key; did you mean "timeout"?'


@pytest.mark.parametrize("kind", KINDS)
def test_a_secret_is_refused_at_every_key_that_is_not_for_one(kind: str) -> None:
    secret = {"secret": "MANAGEMENT_LOGIN", "field": "password"}
    for key in json_schema()["$defs"][STEPS[kind].__name__]["properties"]:
        if key == "type" or (key,) in STEPS[kind].secrets_at:
            continue
        lines = problems(STEPS[kind].example() | {key: secret})
        assert lines == [f"steps[0].{key}: {MISPLACED}"], key


@pytest.mark.parametrize("kind", KINDS)
def test_a_secret_is_refused_in_every_text_of_the_example(kind: str) -> None:
    for key, written in STEPS[kind].example().items():
        if isinstance(written, str) and key not in ("type", "slot"):
            lines = problems(STEPS[kind].example() | {key: "${MANAGEMENT_LOGIN.password}"})
            assert f"steps[0].{key}: {MISPLACED}" in lines


@pytest.mark.parametrize("kind", KINDS)
def test_a_step_says_what_it_does_or_what_it_is_called(kind: str) -> None:
    step = STEPS[kind].model_validate(STEPS[kind].example())
    assert step.title
    assert "\n" not in step.title
    named = STEPS[kind].model_validate(STEPS[kind].example() | {"name": "Look around"})
    assert named.title == "Look around"


@pytest.mark.parametrize("kind", KINDS)
def test_a_step_does_not_change(kind: str) -> None:
    step = STEPS[kind].model_validate(STEPS[kind].example())
    with pytest.raises(ValueError, match="frozen"):
        step.timeout = 1.0


@pytest.mark.parametrize("timeout", [0, -1, 3601, "3", True, float("inf")])
def test_a_time_out_is_a_number_of_seconds_up_to_an_hour(timeout: object) -> None:
    for kind in KINDS:
        with pytest.raises(ValueError, match="timeout"):
            STEPS[kind].model_validate(STEPS[kind].example() | {"timeout": timeout})
