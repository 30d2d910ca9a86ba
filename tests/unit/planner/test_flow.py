"""Steps inside steps, values of earlier ones, and tasks that include tasks."""

import json
from pathlib import Path
from typing import Any

import pytest

from agent.errors import OriginRefused, TaskInvalid
from agent.planner import Plan, check, make_plan, read_task, unfit
from agent.steps import Step
from agent.tasks import bind, load_text
from agent.tasks.placeholders import MISPLACED
from tests.unit.planner.test_plan import CARD, SITE

SET: dict[str, Any] = {"type": "set", "save_as": "rows", "value": [1]}
CLICK = {"type": "click", "target": {"text": "x"}}
SECRET = {"secret": "A", "field": "password"}
FILL = {"type": "fill", "target": {"text": "x"}, "value": SECRET}
SCRIPT = {"type": "evaluate", "expression": "1"}
PART = {
    "name": "part",
    "slots": {"LOGIN": {}},
    "inputs": {"site": {}, "n": {"type": "integer", "default": 3}},
    "steps": [{"type": "sign_in", "slot": "LOGIN", "url": "${inputs.site}/login"}],
}


def task(*steps: Any, **more: Any) -> dict[str, Any]:
    slots = {"A": {"totp": "required"}, "V": {"type": "value"}}
    return {"name": "x", "slots": slots, "inputs": {"n": {}}, "steps": list(steps)} | more


def right(*steps: Any, **more: Any) -> tuple[Step, ...]:
    return check(load_text(json.dumps(task(*steps, **more)), "t.json"))


def said(*steps: Any, **more: Any) -> list[str]:
    with pytest.raises(TaskInvalid) as caught:
        right(*steps, **more)
    return [f"{one.path}: {one.message}" for one in caught.value.problems]


def loop(*steps: Any, **more: Any) -> dict[str, Any]:
    return {"type": "for_each", "items": "results.rows", "steps": list(steps)} | more


def when(*steps: Any, **more: Any) -> dict[str, Any]:
    condition = {"value": "inputs.n", "equals": "1"}
    return {"type": "if", "condition": condition, "then": list(steps)} | more


def test_steps_inside_steps_are_checked_where_they_stand() -> None:
    deep = loop(when(CLICK, {"type": "clik"}, **{"else": [{"type": "goto", "url": 3}, 7]}))
    assert said(SET, deep) == [
        'steps[1].steps[0].then[1].type: no such kind of step; did you mean "click"?',
        "steps[1].steps[0].else[0].url: expected text in double quotes",
        "steps[1].steps[0].else[1]: expected an object { … }",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("${results.row[0]}", 'a result called "row"; did you mean "rows"?'),
        ("${results.later}", "no step before this one saves a result"),
        ("${item.name}", "means nothing here"),
        ("${results}", "means nothing here"),
        ("${results.rows[0", "is not closed"),
        ("${1 + 1}", "is not closed"),
        ("${rows()}", "means nothing here"),
        ("${A.password}", MISPLACED),
        ("${results.secret}", MISPLACED),
    ],
)
def test_a_path_that_leads_nowhere_is_told(text: str, told: str) -> None:
    later = {"type": "set", "save_as": "later", "value": 1}
    (line,) = said(SET, {"type": "fill", "target": {"text": "x"}, "value": text}, later)
    assert told in line


def test_names_of_a_loop_are_known_inside_it_alone() -> None:
    goto = {"type": "goto", "url": "https://h.example/${guest.link}?n=${n}"}
    assert right(SET, loop(goto, **{"as": "guest", "number_as": "n"}))
    lines = said(SET, loop(goto, **{"as": "guest"}), goto)
    places = [line.partition(":")[0] for line in lines]
    assert places == ["steps[1].steps[0].url", "steps[2].url", "steps[2].url"]
    assert "${n} means nothing here" in lines[0]
    assert "${guest.link} means nothing here" in lines[1]
    (line,) = said(SET, loop(CLICK, **{"as": "results"}))
    assert "has a meaning of its own" in line


def test_both_branches_may_save_under_one_name_and_a_later_step_may_not() -> None:
    assert right(when(SET, **{"else": [SET]}), loop(CLICK))
    row = {"type": "extract", "target": {"css": "a"}, "save_as": "rows"}
    (line,) = said(when(row), row)
    assert line == "steps[1].save_as: step 1.1 saves a result of this name already"
    assert right(SET, SET)


@pytest.mark.parametrize(
    ("step", "path"),
    [
        ({"type": "evaluate", "expression": "${inputs.n}"}, "expression"),
        ({"type": "set", "save_as": "${inputs.n}", "value": 1}, "save_as"),
        ({"type": "include", "task": "${inputs.n}.json"}, "task"),
    ],
)
def test_no_value_chooses_what_is_run(step: Any, path: str) -> None:
    assert f"steps[0].{path}: no ${{…}} works here" in said(step, included={"part.json": PART})


def test_a_result_never_chooses_the_secret() -> None:
    use = {"secret": "${results.rows}", "field": "password"}
    lines = said(SET, {"type": "fill", "target": {"text": "x"}, "value": use})
    assert any("the task has no such slot" in line for line in lines)


def test_no_secret_is_typed_after_a_script() -> None:
    told = "a secret may not be typed after a script"
    assert right(FILL, SCRIPT)
    assert told in said(SCRIPT, FILL)[0]
    assert said(SET, loop(FILL, SCRIPT))[0].startswith(f"steps[1].steps[0]: {told}")
    assert told in said(when(SCRIPT), {"type": "sign_in", "slot": "A"})[0]
    part = PART | {"inputs": {}, "steps": [SCRIPT]}
    include = {"type": "include", "task": "p.json", "slots": {"LOGIN": "A"}}
    assert told in said(include, FILL, included={"p.json": part})[0]


def test_a_password_is_not_tried_again_from_outside_either() -> None:
    (line,) = said(SET, loop(when({"type": "sign_in", "slot": "A"}), retry={}))
    assert line.startswith("steps[1].retry: a step inside uses a secret")
    assert right(SET, loop(CLICK, retry={}))


@pytest.mark.parametrize("key", ["checkpoint", "once"])
def test_marks_stand_at_the_top_level(key: str) -> None:
    assert right({**CLICK, key: True})
    (line,) = said(SET, loop({**CLICK, key: True}))
    assert line == f'steps[1].steps[0].{key}: "{key}" stands at the top level of a task only'


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ({}, "needs exactly one of value, target"),
        ({"value": "inputs.n"}, '"value" goes with exactly one of equals'),
        ({"value": "inputs.n", "equals": 1, "count": 1}, '"value" goes with exactly one of'),
        ({"url": "x", "equals": 1}, '"value" goes with'),
        ({"url": "x", "target": {"text": "x"}}, "needs exactly one of"),
        ({"state": "hidden", "url": "x"}, '"state" goes with'),
        ({"within": 1, "value": "inputs.n", "equals": 1}, '"within" goes with'),
        ({"value": "inputs.n > 1", "equals": True}, "not a path"),
        ({"value": "inputs.m", "equals": 1}, 'no input is called "m"'),
        ({"all": [{"not": {"value": "results.x", "count": 1}}]}, 'a result called "x"'),
    ],
)
def test_a_condition_says_one_thing(condition: Any, told: str) -> None:
    (line,) = said({"type": "if", "condition": condition, "then": [CLICK]})
    assert told in line


def test_a_task_has_at_most_a_thousand_steps_those_inside_counted() -> None:
    assert right(SET, *(loop(*[CLICK] * 98) for _ in range(10)))
    (line,) = said(SET, *(loop(*[CLICK] * 100) for _ in range(10)))
    assert "more than the 1000 steps" in line


INCLUDE = {"type": "include", "task": "part.json", "slots": {"LOGIN": "A"}}
GIVEN = {**INCLUDE, "inputs": {"site": "https://h.example"}}


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ({**GIVEN, "task": "prt.json"}, 'no task is called "prt.json"; did you mean "part.json"?'),
        ({**GIVEN, "task": "../part.json"}, "in the task's folder or below it"),
        (
            {**GIVEN, "slots": {"LOGN": "A", "LOGIN": "A"}},
            'has no such slot; did you mean "LOGIN"?',
        ),
        ({**GIVEN, "slots": {}}, "slot LOGIN of part.json is filled by no slot"),
        ({**GIVEN, "slots": {"LOGIN": "V"}}, "slot V is of type value and not login"),
        (INCLUDE, "input site of part.json needs a value"),
        ({**INCLUDE, "inputs": {"site": "x", "m": 1}}, "part.json has no such input"),
        ({**INCLUDE, "inputs": {"site": "x", "n": "many"}}, "expected a whole number"),
        ({**INCLUDE, "inputs": {"site": "${results.no}"}}, "no step before this one"),
    ],
)
def test_an_include_must_fit(step: Any, told: str) -> None:
    (line,) = said(step, included={"part.json": PART})
    assert told in line


def planned(*steps: Any, **more: Any) -> Plan:
    document = task(*steps, slots={"A": {}}, **more)
    return make_plan(bind(load_text(json.dumps(document), "t.json"), {"A": CARD}, {"n": "7"}))


def test_an_included_task_uses_the_slots_around_it_and_its_own_inputs() -> None:
    given = {**INCLUDE, "inputs": {"site": SITE}}
    plan = planned(given, included={"part.json": PART})
    (inside,) = plan.steps[0].bodies["task"]
    assert inside.title == "sign in as A"
    assert inside.uses()[0].address == f"{SITE}/login"
    assert Plan.from_json(plan.to_json()) == plan


def test_an_included_task_signs_in_nowhere_the_secret_may_not_go() -> None:
    with pytest.raises(OriginRefused, match=r"https://h\.example"):
        planned(GIVEN, included={"part.json": PART})


def test_an_include_inside_an_include_is_filled_from_the_outermost() -> None:
    middle = {
        "name": "middle",
        "slots": {"M": {}},
        "steps": [{**GIVEN, "slots": {"LOGIN": "M"}, "inputs": {"site": SITE}}],
    }
    include = {"type": "include", "task": "a/middle.json", "slots": {"M": "A"}}
    plan = planned(include, included={"a/middle.json": middle, "a/part.json": PART})
    assert [use.slot for step in plan.every() for use in step.uses()] == ["A"]


def test_included_files_are_read_from_beside_the_task(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts/part.json").write_text(json.dumps(PART))
    middle = {"name": "m", "slots": {"LOGIN": {}}, "steps": [GIVEN | {"slots": {}}]}
    (tmp_path / "parts/middle.json").write_text(json.dumps(middle))
    include = {"type": "include", "task": "parts/middle.json", "slots": {"LOGIN": "A"}}
    path = tmp_path / "t.json"
    path.write_text(json.dumps(task(include)))
    read = read_task(path)
    assert set(read.included) == {"parts/middle.json", "parts/part.json"}
    assert len(list(check(read)[0].every())) == 3


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("none.json", None, "cannot be included: there is no such file"),
        ("self.json", "SELF", "it includes itself"),
        ("bad.json", {"name": "x", "steps": [{"type": "goto"}]}, "bad.json:1: steps[0]"),
        ("text.json", "no json", "text.json:1: file"),
    ],
)
def test_an_include_that_cannot_be_reached_is_told_with_its_line(
    tmp_path: Path, name: str, content: Any, told: str
) -> None:
    include = {"type": "include", "task": name}
    if content == "SELF":
        content = task(include)
    if content is not None:
        (tmp_path / name).write_text(content if isinstance(content, str) else json.dumps(content))
    path = tmp_path / "t.json"
    path.write_text(json.dumps(task(CLICK, include), indent=1))
    with pytest.raises(TaskInvalid) as caught:
        read_task(path)
    (problem,) = caught.value.problems
    assert told in problem.message
    assert (problem.path, problem.line > 10) == ("steps[1].task", True)


def test_an_include_does_not_follow_a_link_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "part.json").write_text(json.dumps(PART))
    (tmp_path / "in/link.json").symlink_to(tmp_path / "part.json")
    path = tmp_path / "in/t.json"
    path.write_text(json.dumps(task({**GIVEN, "task": "link.json"})))
    with pytest.raises(TaskInvalid, match="leads out of the task's folder"):
        read_task(path)


@pytest.mark.parametrize(
    ("site", "fits"),
    [(SITE, True), ("${inputs.site}", True), ("https://evil.example", False)],
)
def test_a_site_an_included_task_names_for_its_slot_must_be_on_the_secrets_list(
    site: str,
    fits: bool,  # noqa: FBT001  a column of the table
) -> None:
    part = PART | {"slots": {"LOGIN": {"origins": [site]}}}
    # The slot around it is for a site of its own, which is on the list.
    around = {"slots": {"A": {"origins": [SITE]}}, "included": {"part.json": part}}
    steps = [{**INCLUDE, "inputs": {"site": SITE}}]
    text = json.dumps(task(*steps, **around))
    found = [one.message for one in unfit(load_text(text, "t.json"), {"A": CARD}, {"n": "7"})]
    assert [f"for {site}" in one for one in found] == ([] if fits else [True])
    bound = bind(load_text(text, "t.json"), {"A": CARD}, {"n": "7"})
    if fits:
        assert make_plan(bound)
    else:
        with pytest.raises(OriginRefused, match=site):
            make_plan(bound)
