import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.errors import RunnerError, TaskInvalid
from agent.planner import check, read_task
from agent.tasks import load_text
from agent.tasks.placeholders import MISPLACED

DEMO = Path(__file__).parents[3] / "tasks/checked-in-guests.json"
SECRET = {"secret": "A", "field": "password"}


def task(*steps: Any, **more: Any) -> dict[str, Any]:
    slots = {"A": {"totp": "required"}, "V": {"type": "value"}, "O": {}}
    return {"name": "x", "slots": slots, "inputs": {"n": {}}, "steps": list(steps)} | more


def said(document: dict[str, Any]) -> list[str]:
    with pytest.raises(TaskInvalid) as caught:
        check(load_text(json.dumps(document), "t.json"))
    return [f"{one.path}: {one.message}" for one in caught.value.problems]


def test_the_demo_task_is_right() -> None:
    steps = check(read_task(DEMO))
    assert steps[1].title == "sign in as MANAGEMENT_LOGIN"
    assert len(steps) == len(json.loads(DEMO.read_text())["steps"])


def test_problems_of_the_task_and_of_its_steps_are_told_together(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    path.write_text(
        """{
  "name": "x",
  "slots": {"A": {"type": "login", "fieldz": []}},
  "inputs": {"site": {}},
  "steps": [
    {"type": "clik", "target": {"text": "x"}},
    {"type": "click", "target": {"lable": "x"}, "timeout": "3"},
    {"type": "goto", "url": "${inputs.sit}/login"},
    {"type": "goto"},
    {"type": "sign_in", "slot": "B"},
    {"target": {}},
    7
  ],
  "outputs": {"guests": "results.guests"}
}"""
    )
    with pytest.raises(TaskInvalid) as caught:
        read_task(path)
    assert str(caught.value).replace(f"{path}:", "").splitlines() == [
        '3:36: slots.A.fieldz: unknown key; did you mean "fields"?',
        '6:14: steps[0].type: no such kind of step; did you mean "click"?',
        '7:34: steps[1].target.lable: unknown key; did you mean "label"?',
        "7:60: steps[1].timeout: expected a number",
        '8:29: steps[2].url: no input is called "sit"; did you mean "site"?',
        '9:5: steps[3]: the key "url" is missing',
        "10:33: steps[4].slot: the task has no such slot; known: A",
        '11:5: steps[5]: the key "type" is missing, which says what kind of step this is',
        "12:5: steps[6]: expected an object { … }",
        "14:25: outputs.guests: no step saves a result of this name",
    ]


@pytest.mark.parametrize(
    ("step", "path"),
    [
        ({"type": "goto", "url": SECRET}, "url"),
        ({"type": "goto", "url": "https://hotel.example/${A.password}"}, "url"),
        ({"type": "goto", "url": "https://hotel.example/${secrets.A}"}, "url"),
        ({"type": "sign_in", "slot": SECRET}, "slot"),
        ({"type": "sign_in", "slot": "A", "url": SECRET}, "url"),
        ({"type": "click", "target": {"label": SECRET}}, "target.label"),
        ({"type": "click", "target": SECRET}, "target"),
        ({"type": "fill", "target": {"label": "x"}, "value": "${A.password}"}, "value"),
        ({"type": "fill", "target": SECRET, "value": "x"}, "target"),
        ({"type": "fill", "name": SECRET, "target": {"label": "x"}, "value": "x"}, "name"),
        ({"type": "press", "key": SECRET}, "key"),
        ({"type": "select_option", "target": {"label": "x"}, "value": SECRET}, "value"),
        ({"type": "wait_for", "url": SECRET}, "url"),
        ({"type": "expect", "target": {"label": "x"}, "value": SECRET}, "value"),
        ({"type": "expect", "title": "${slots.A}"}, "title"),
        ({"type": "extract", "target": {"css": "tr"}, "save_as": SECRET}, "save_as"),
        ({"type": "screenshot", "file": SECRET}, "file"),
    ],
)
def test_a_secret_where_none_may_go_is_refused_by_one_line(step: Any, path: str) -> None:
    assert said(task(step)) == [f"steps[0].{path}: {MISPLACED}"]


def test_a_secret_may_go_into_fill_and_sign_in() -> None:
    fill = {"type": "fill", "target": {"label": "x"}, "value": SECRET}
    assert len(check(load_text(json.dumps(task(fill, {"type": "sign_in", "slot": "A"})), ""))) == 2


def test_a_field_of_a_record_may_be_called_secret() -> None:
    fields = {"secret": {"css": "td"}}
    step = {"type": "extract", "target": {"css": "tr"}, "fields": fields, "save_as": "rows"}
    assert check(load_text(json.dumps(task(step)), ""))


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"secret": "B", "field": "password"}, "value.secret: the task has no such slot"),
        ({"secret": "A", "field": "passwrd"}, "value.field: slot A has no such field"),
        ({"secret": "V", "field": "password"}, "value.field: slot V has no such field"),
        ({"secret": "O", "field": "totp"}, 'value.field: slot O does not say "totp": "required"'),
        ({"secret": "A"}, 'value: the key "field" is missing'),
        ({"secret": "A", "feild": "totp"}, 'value: the key "field" is missing'),
        ({"secret": "A", "field": "totp", "x": 1}, "value.x: unknown key"),
        (7, "value: expected text"),
    ],
)
def test_a_use_of_a_secret_must_name_a_field_its_slot_has(value: Any, problem: str) -> None:
    lines = said(task({"type": "fill", "target": {"label": "x"}, "value": value}))
    assert lines[0].startswith(f"steps[0].{problem}")


def test_a_login_needs_a_slot_of_type_login() -> None:
    (line,) = said(task({"type": "sign_in", "slot": "V"}))
    assert "needs a slot of type login" in line


def test_two_steps_do_not_save_under_one_name() -> None:
    step = {"type": "extract", "target": {"css": "table"}, "save_as": "rows"}
    (line,) = said(task(step, step))
    assert line == "steps[1].save_as: step 1 saves a result of this name already"


def test_an_output_names_a_result_some_step_saves() -> None:
    step = {"type": "extract", "target": {"css": "table"}, "save_as": "rows"}
    (line,) = said(task(step, outputs={"guests": "results.row"}))
    assert line == 'outputs.guests: no step saves a result of this name; did you mean "rows"?'


def test_an_address_is_checked_before_its_inputs_are_known_when_it_has_none() -> None:
    (line,) = said(task({"type": "goto", "url": "javascript:alert(1)"}))
    assert line.startswith("steps[0].url: only http and https")
    assert check(load_text(json.dumps(task({"type": "goto", "url": "${inputs.n}/x"})), ""))


PIECES = st.one_of(
    st.sampled_from([*'"{}[],:-\\\n\x00\U0001d54f', "", "null", "true", "1e9", "$${", "\\u0000"]),
    st.sampled_from(["${", "${inputs.date}", '{"secret": "A"}', '"type": "fill"', '{"a":' * 40]),
)
DAMAGE = st.lists(
    st.tuples(st.floats(0, 1), st.sampled_from([0, 1, 1, 2, 7, 40, 400]), PIECES),
    min_size=1,
    max_size=6,
)


@given(DAMAGE)
@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_three_hundred_damaged_files_give_only_our_own_errors(
    tmp_path: Path, damage: list[tuple[float, int, str]]
) -> None:
    text = DEMO.read_text()
    for where, length, piece in damage:
        at = int(where * len(text))
        text = text[:at] + piece + text[at + length :]
    path = tmp_path / "t.json"
    path.write_text(text, encoding="utf-8")
    start = time.process_time()
    refusal: RunnerError | None = None
    try:
        read_task(path)
    except RunnerError as error:
        refusal = error
    assert time.process_time() - start < 10
    if refusal is not None:
        assert refusal.exit_code == 2
        assert all(line.startswith(str(path)) for line in str(refusal).splitlines())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["", "x", "A", "${n}"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "name", "target", "label", "secret", "field", "value", "css"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["name", "slots", "inputs", "steps", "outputs"]), JSON))
@settings(max_examples=200, deadline=None)
def test_any_json_in_place_of_the_parts_of_a_task_gives_only_our_own_errors(
    document: dict[str, Any],
) -> None:
    step = {"type": "fill", "target": document.get("name"), "value": document.get("slots")}
    for written in (document, task(step), task(document)):
        try:
            check(load_text(json.dumps(written), "t.json"))
        except TaskInvalid as error:
            problems = error.problems
        else:
            continue
        assert all("\n" not in one.message for one in problems)


@pytest.mark.parametrize(
    ("slot", "field", "problem"),
    [
        ({"type": "json", "fields": ["db.password"]}, "db.password", None),
        ({"type": "json"}, "document", None),
        ({"type": "json", "fields": ["db.password"]}, "db.pasword", "no such field; did you mean"),
        ({"type": "totp"}, "totp", None),
        ({"type": "oauth2_client_credentials"}, "client_secret", "is not typed into a page"),
        ({"type": "sftp_password"}, "password", "is not typed into a page"),
        ({"type": "value"}, "totp", "makes no one-time codes"),
    ],
)
def test_a_step_uses_a_secret_only_as_its_type_allows(
    slot: dict[str, Any], field: str, problem: str | None
) -> None:
    fill = {
        "type": "fill", "target": {"label": "x"}, "value": {"secret": "S", "field": field},
    }  # fmt: skip
    document = task(fill, slots={"S": slot})
    if problem is None:
        assert len(check(load_text(json.dumps(document), "t.json"))) == 1
    else:
        (line,) = said(document)
        assert problem in line
