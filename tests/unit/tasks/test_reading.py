import json
from pathlib import Path

import pytest

from agent.errors import TaskInvalid, UsageError
from agent.tasks import load_task, load_text
from agent.tasks.placeholders import MISPLACED

SMALL = {"name": "x", "steps": [{"type": "goto", "url": "https://hotel.example"}]}


def said(written: object) -> list[str]:
    with pytest.raises(TaskInvalid) as caught:
        load_text(json.dumps(written, indent=2), "t.json")
    return str(caught.value).splitlines()


def test_a_small_task_is_read_with_its_defaults() -> None:
    task = load_text(json.dumps(SMALL | {"$schema": "../docs/task.schema.json"}), "t.json")
    assert task.name == "x"
    assert task.slots == {}
    assert task.steps[0]["type"] == "goto"
    assert task.source == "t.json"


def test_a_task_given_back_as_json_reads_the_same() -> None:
    task = load_text(json.dumps(SMALL | {"slots": {"A": {"totp": "required"}}}), "t.json")
    assert load_text(json.dumps(task.document()), "").document() == task.document()


@pytest.mark.parametrize(
    ("raw", "place", "message"),
    [
        (b"", "1:1", "empty"),
        (b" \n\t", "1:1", "empty"),
        (b"\xef\xbb\xbf{}", "1:1", "byte order mark"),
        (json.dumps(SMALL).encode("utf-16"), "1:1", "UTF-16"),
        (b'{\n "name": "caf\xe9"}', "2:14", "not UTF-8"),
        (b"[]", "1:1", "one object"),
        (b'"x"', "1:1", "one object"),
        (b'{"name": "x",\n "name": "x"', "2:13", "comma or the end"),
        (b" " * (1024 * 1024) + b"{}", "1:1", "1 MiB"),
        (b"[" * 1000, "1:34", "nested"),
    ],
)
def test_a_file_that_is_no_task_gives_one_line(
    raw: bytes, place: str, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "t.json"
    path.write_bytes(raw)
    with pytest.raises(TaskInvalid) as caught:
        load_task(path)
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"{path}:{place}: file: ")
    assert message in line
    assert caught.value.exit_code == 2


def test_a_file_that_is_not_there_or_not_a_file_gives_one_line(tmp_path: Path) -> None:
    for path, message in [
        (tmp_path / "no.json", "no such file"),
        (tmp_path, "a folder"),
        (Path("a\0b"), "not a file name"),
        (tmp_path / ("x" * 500), "cannot be read"),
    ]:
        with pytest.raises(UsageError, match=message) as caught:
            load_task(path)
        assert not isinstance(caught.value, TaskInvalid)
        assert len(str(caught.value).splitlines()) == 1


def test_all_problems_are_told_in_the_order_of_the_file() -> None:
    no_such_field = "a secret of this type has no such field"
    a_name = "a name is made of letters, digits and _, starts with a letter or _, and has at most"
    a_name += " 64 of them"
    text = """{
  "nmae": "x",
  "slots": {"A": {"type": "logn"}, "B": {"fields": ["pasword"], "totp": "yes"}, "9": {}},
  "inputs": {"n": {"type": "integer", "default": "7"}, "n": {}},
  "steps": [],
  "outputs": {"guests": "guests"}
}"""
    with pytest.raises(TaskInvalid) as caught:
        load_text(text, "t.json")
    assert str(caught.value).splitlines() == [
        't.json:1:1: task: the key "name" is missing',
        't.json:2:3: nmae: unknown key; did you mean "name"?',
        't.json:3:27: slots.A.type: no such type of secret; did you mean "login"?',
        f't.json:3:52: slots.B.fields: {no_such_field}; did you mean "password"?',
        "t.json:3:73: slots.B.totp: not a word known here; known: optional, required",
        f't.json:3:81: slots["9"]: {a_name}',
        "t.json:4:19: inputs.n: expected a whole number, like 7, without quotes",
        "t.json:4:56: inputs.n: this key stands here twice",
        "t.json:5:12: steps: must not be empty",
        't.json:6:25: outputs.guests: expected results.NAME, as in "results.guests"',
    ]


@pytest.mark.parametrize(
    ("key", "value", "path"),
    [
        ("name", {"secret": "A", "field": "password"}, "name"),
        ("description", {"secret": "A"}, "description"),
        ("description", "${A.password}", "description"),
        ("inputs", {"x": {"default": {"secret": "A", "field": "value"}}}, "inputs.x.default"),
        ("inputs", {"x": {"default": "${secrets.A}"}}, "inputs.x.default"),
        ("outputs", {"x": {"secret": "A", "field": "value"}}, "outputs.x"),
        ("slots", {"A": {"origins": [{"secret": "A", "field": "value"}]}}, "slots.A.origins[0]"),
        ("slots", {"A": {"origins": ["https://${A}.example"]}}, "slots.A.origins[0]"),
    ],
)
def test_a_secret_outside_the_steps_is_refused_by_one_line(
    key: str, value: object, path: str
) -> None:
    (line,) = said({"slots": {"A": {}}} | SMALL | {key: value})
    assert line.endswith(f": {path}: {MISPLACED}")


def test_an_output_may_be_called_secret() -> None:
    assert load_text(json.dumps(SMALL | {"outputs": {"secret": "results.x"}}), "t.json")


def test_inputs_go_into_steps_and_origins_only() -> None:
    inputs = {"x": {"default": "${inputs.y}"}, "y": {}}
    (line,) = said(SMALL | {"inputs": inputs})
    assert "works only in steps and in the origins" in line
    (line,) = said(SMALL | {"name": "for ${inputs.y}", "inputs": {"y": {}}})
    assert ": name: " in line


def test_an_origin_that_is_known_is_checked_at_once() -> None:
    (line,) = said(SMALL | {"slots": {"A": {"origins": ["http://hotel.example"]}}})
    assert "slots.A.origins[0]" in line
    assert load_text(
        json.dumps(SMALL | {"slots": {"A": {"origins": ["${inputs.x}"]}}, "inputs": {"x": {}}}), ""
    )


def test_a_slot_and_an_input_have_different_names() -> None:
    (line,) = said(SMALL | {"slots": {"A": {}}, "inputs": {"A": {}}})
    assert "inputs.A: a slot has this name too" in line


def test_totp_is_not_asked_for_among_the_fields() -> None:
    (line,) = said(SMALL | {"slots": {"A": {"fields": ["username", "totp"]}}})
    assert '"totp": "required"' in line


def test_no_message_repeats_a_value() -> None:
    wrong = SMALL | {"slots": {"A": {"totp": "hunter2!"}}, "inputs": {"x": {"type": "hunter2!"}}}
    assert "hunter2" not in "\n".join(said(wrong | {"outputs": {"y": "hunter2!"}}))
