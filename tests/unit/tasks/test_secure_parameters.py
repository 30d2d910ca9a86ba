from __future__ import annotations

import json
from typing import Any

import pytest

from agent.errors import TaskInvalid
from agent.planner import check
from agent.steps.fill import Fill
from agent.steps.values import SecretUse
from agent.tasks import Task, load_text
from agent.tasks.secure_parameters import INPUTS, SECRETS

LOGIN = {"secret_name": "my-app/prod/login", "region_name": "us-east-1"}
TOTP = {"type": "totp_secret", "secret_name": "my-app/prod/totp", "region_name": "us-east-1"}

# The five examples of the page that issue 3 names, as they stand there.
BEFORE: dict[str, Any] = {"input_parameters": {"password": ["password_value"]}}
PLAIN: dict[str, Any] = {
    "secure_parameters": {
        "password": [{"amazon_secrets_manager": {**LOGIN, "key": "password"}}],
    }
}
OF_JSON = PLAIN
CODES: dict[str, Any] = {
    "secure_parameters": {"auth_code": [{"amazon_secrets_manager": {**TOTP, "digits": 6}}]}
}
CODES_OF_JSON: dict[str, Any] = {
    "secure_parameters": {
        "auth_code": [
            {
                "amazon_secrets_manager": {
                    "type": "totp_secret",
                    **LOGIN,
                    "key": "totp_secret",
                    "digits": 6,
                }
            }
        ]
    }
}
SECURE = [PLAIN, OF_JSON, CODES, CODES_OF_JSON]


def text(form: dict[str, Any], *steps: dict[str, Any], **parts: Any) -> str:
    goto = {"type": "goto", "url": "https://hotel.example/login"}
    return json.dumps({"name": "x", **form, **parts, "steps": [goto, *steps]}, indent=1)


def fill(value: Any) -> dict[str, Any]:
    return {"type": "fill", "target": {"label": "Password"}, "value": value}


def load(form: dict[str, Any], *steps: dict[str, Any], **parts: Any) -> Task:
    task = load_text(text(form, *steps, **parts), "task.json")
    check(task)
    return task


def complaints(form: dict[str, Any], *steps: dict[str, Any], **parts: Any) -> dict[str, str]:
    with pytest.raises(TaskInvalid) as refused:
        load(form, *steps, **parts)
    assert all(problem.line for problem in refused.value.problems)
    return {problem.path: problem.message for problem in refused.value.problems}


def typed(task: Task, index: int = 1) -> Any:
    step = check(task)[index]
    assert isinstance(step, Fill)
    return step.value


def test_the_example_before_becomes_an_input_with_a_default() -> None:
    task = load(BEFORE, fill("{password[0]}"))
    assert task.inputs["password"].value(None) == "password_value"
    assert typed(task) == "${inputs.password}"


@pytest.mark.parametrize("form", [PLAIN, OF_JSON], ids=["plain string", "JSON"])
def test_an_example_of_a_password_becomes_a_slot_with_its_source(form: dict[str, Any]) -> None:
    task = load(form, fill("{password[0]}"))
    slot = task.slots["password"]
    assert (slot.type, slot.origins) == ("value", ("https://hotel.example",))
    assert slot.source is not None
    assert slot.source.provider == "aws_secrets_manager"
    assert slot.source.reference == {**LOGIN, "key": "password"}
    assert typed(task) == SecretUse(secret="password", field="value")


@pytest.mark.parametrize(("form", "key"), [(CODES, None), (CODES_OF_JSON, "totp_secret")])
def test_an_example_of_codes_becomes_a_slot_that_makes_them(
    form: dict[str, Any], key: str | None
) -> None:
    task = load(form, fill("{auth_code[0]}"))
    slot = task.slots["auth_code"]
    assert slot.type == "totp"
    assert slot.source is not None
    assert slot.source.reference["digits"] == 6
    assert slot.source.reference.get("key") == key
    assert typed(task) == SecretUse(secret="auth_code", field="totp")


@pytest.mark.parametrize("form", [BEFORE, *SECURE])
def test_a_task_read_again_from_what_is_stored_of_it_is_the_same(form: dict[str, Any]) -> None:
    task = load(form)
    assert Task.model_validate(task.document()).document() == task.document()
    assert not task.document().keys() & {INPUTS, SECRETS}


def test_several_of_one_name_are_told_apart() -> None:
    entries = [{"amazon_secrets_manager": {**LOGIN, "key": key}} for key in ("a", "b")]
    task = load(
        {SECRETS: {"pin": entries}, INPUTS: {"day": ["2026-11-22", 7]}},
        fill("{pin[1]}"), fill("{pin[0]}"), fill("{day[0]} to {day[1]}"),
    )  # fmt: skip
    assert [typed(task, index).secret for index in (1, 2)] == ["pin_1", "pin"]
    assert typed(task, 3) == "${inputs.day} to ${inputs.day_1}"
    assert task.inputs["day_1"].type == "integer"


@pytest.mark.parametrize(
    ("step", "path"),
    [
        ({"type": "goto", "url": "{password[0]}"}, "steps[1].url"),
        ({"type": "goto", "url": "https://hotel.example/?p={password[0]}"}, "steps[1].url"),
        (fill("x{password[0]}"), "steps[1].value"),
        (fill("{password[0]}{password[0]}"), "steps[1].value"),
        ({"type": "click", "target": {"css": "{password[0]}"}}, "steps[1].target.css"),
        ({"type": "click", "target": {"label": "a {password[0]}"}}, "steps[1].target.label"),
        ({"type": "press", "key": "{password[0]}"}, "steps[1].key"),
        ({**fill("x"), "name": "{password[0]}"}, "steps[1].name"),
        ({"type": "expect", "text": "{password[0]}"}, "steps[1].text"),
        ({"type": "screenshot", "name": "{password[0]}"}, "steps[1].name"),
    ],
)
def test_a_secure_parameter_goes_into_no_address_selector_or_text(
    step: dict[str, Any], path: str
) -> None:
    said = complaints(PLAIN, step)
    assert "a secret may not go here" in said[path]


def test_a_secure_parameter_goes_into_no_description() -> None:
    said = complaints(PLAIN, description="sign in with {password[0]}")
    assert "a secret may not go here" in said["description"]


def test_braces_mean_nothing_in_a_task_without_parameters() -> None:
    assert typed(load({}, fill("{password[0]}"))) == "{password[0]}"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("{pasword[0]}", 'did you mean "password"'),
        ("{password[1]}", "has 1 value"),
        ("{user[1]}", "has 1 value"),
    ],
)
def test_a_parameter_that_is_not_there_is_told(value: str, message: str) -> None:
    said = complaints({**PLAIN, INPUTS: {"user": ["u"]}}, fill(value))
    assert message in said["steps[1].value"]


@pytest.mark.parametrize(
    ("entry", "path", "message"),
    [
        ({"region_name": "us-east-1"}, "secret_name", ""),
        ({**LOGIN, "kee": "x"}, "kee", 'did you mean "key"'),
        ({**LOGIN, "digits": 6.5}, "digits", "whole number"),
        ({**LOGIN, "digits": 12}, "digits", "at most 8"),
        ({**LOGIN, "type": "totp"}, "type", "totp_secret"),
        ({**LOGIN, "region_name": "us east"}, "region_name", "form"),
        ({**LOGIN, "secret_name": "--help"}, "secret_name", "form"),
        (TOTP, "", "needs digits"),
        ("canary", "", "object"),
    ],
)
def test_a_wrong_entry_is_told_at_its_place(entry: Any, path: str, message: str) -> None:
    said = complaints({SECRETS: {"password": [{"amazon_secrets_manager": entry}]}})
    place = "secure_parameters.password[0].amazon_secrets_manager"
    at = f"{place}.{path}" if path and message else place
    assert message in said[at]
    assert "canary" not in str(said)


def test_an_unknown_source_and_an_empty_list_are_told() -> None:
    assert complaints({SECRETS: {"password": [{"azure": {}}]}})
    assert complaints({SECRETS: {"password": []}})
    assert complaints({INPUTS: {"password": []}})
    assert complaints({SECRETS: {"pass word": PLAIN[SECRETS]["password"]}})


@pytest.mark.parametrize(
    "parts",
    [
        {"slots": {"password": {"type": "value"}}},
        {"inputs": {"password": {}}},
        {INPUTS: {"password": ["x"]}},
    ],
)
def test_one_name_is_given_once(parts: dict[str, Any]) -> None:
    assert complaints(PLAIN, **parts)


ELSEWHERE = {"type": "goto", "url": "https://other.example"}


def test_a_task_of_several_sites_says_where_the_secret_goes() -> None:
    said = complaints(PLAIN, ELSEWHERE)
    assert "https://hotel.example, https://other.example" in said["secure_parameters.password[0]"]
    entry = {**PLAIN[SECRETS]["password"][0], "origins": ["https://other.example"]}
    task = load({SECRETS: {"password": [entry]}}, ELSEWHERE)
    assert task.slots["password"].origins == ("https://other.example",)


def test_a_task_of_no_fixed_site_says_where_the_secret_goes() -> None:
    inputs = {"site": {"default": "https://evil.example"}}
    task = {**PLAIN, "name": "x", "inputs": inputs}
    task["steps"] = [{"type": "goto", "url": "${inputs.site}"}]
    with pytest.raises(TaskInvalid, match="no address names one"):
        load_text(json.dumps(task), "task.json")


@pytest.mark.parametrize("origin", ["http://hotel.example", "hotel", "https://*"])
def test_an_origin_that_is_none_is_told(origin: str) -> None:
    entry = {**PLAIN[SECRETS]["password"][0], "origins": [origin]}
    said = complaints({SECRETS: {"password": [entry]}})
    assert "secure_parameters.password[0].origins[0]" in said


SLOT = {"type": "login", "origins": ["https://hotel.example"]}
KEPT = {"provider": "aws_secrets_manager", "reference": LOGIN}


def test_a_slot_says_itself_where_a_whole_login_is() -> None:
    task = load({}, slots={"L": {**SLOT, "source": KEPT}})
    assert task.slots["L"].source is not None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"source": {**KEPT, "provider": "env"}}, "may not name this source"),
        ({"source": {**KEPT, "provider": "file"}}, "may not name this source"),
        ({"source": {**KEPT, "provider": "aws_secret_manager"}}, "did you mean"),
        ({"source": {**KEPT, "reference": {"secret_name": "x"}}}, "region_name is missing"),
        ({"source": {**KEPT, "reference": {**LOGIN, "key": "x"}}}, "key gives one field"),
        ({"origins": []}, "needs origins"),
        ({"origins": ["${inputs.site}"]}, "no input in them"),
    ],
)
def test_a_slot_with_a_wrong_source_is_told(change: dict[str, Any], message: str) -> None:
    slots = {"L": {**SLOT, "source": KEPT, **change}}
    said = complaints({}, slots=slots, inputs={"site": {}})
    assert message in str(said)
