from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from agent.steps import STEPS, SlotUse
from agent.vault.secret_type import Use

MAIN = "def main(inputs, secrets):\n    return 1\n"
FILE = {"path": "a.csv"}


def code(**written: Any) -> Any:
    return STEPS["code"].model_validate({"type": "code", **written})


def sftp(**written: Any) -> Any:
    wish = {"type": "sftp", "slot": "F", "url": "sftp://f.example", "path": "a"}
    return STEPS["sftp"].model_validate(wish | written)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({}, "exactly one of source, file"),
        ({"source": MAIN, "file": "a.py"}, "exactly one of source, file"),
        ({"source": "def main(:"}, "not Python: line 1"),
        ({"source": ["x = 1"]}, r"no function main\(inputs, secrets\)"),
        ({"source": MAIN, "function": "other"}, "no function other"),
        ({"source": MAIN, "sha256": "0" * 64}, "goes with"),
        ({"file": "a.py", "sha256": "abc"}, "sha256"),
        ({"file": "../a.py"}, "in the task's folder"),
        ({"file": "/etc/a.py"}, "in the task's folder"),
        ({"source": MAIN, "memory": 8}, "memory"),
        ({"source": MAIN, "memory": "64"}, "memory"),
        ({"source": MAIN, "secrets": {"a": "text"}}, "secrets"),
        ({"source": MAIN, "secrets": {"a": {"secret": "S", "field": "totp"}}}, "one-time code"),
        ({"source": MAIN, "inputs": []}, "inputs"),
    ],
)
def test_code_that_contradicts_itself_is_refused(written: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        code(**written)


@pytest.mark.parametrize(
    "source",
    [
        "(" * 50_000,
        "def main(i, s):\n    return " + "-" * 90_000 + "1",
        "def main(i, s):\n    return " + "[" * 3_000 + "]" * 3_000,
        "x = '\\0'\0",
        "\ud800",
    ],
)
def test_code_that_no_parser_likes_is_refused_in_our_words(source: str) -> None:
    with pytest.raises(ValidationError, match=r"not Python|valid string"):
        code(source=source)


def test_code_that_is_only_warned_of_is_code() -> None:
    assert code(source="def main(inputs, secrets):\n    return '\\d' is 1\n").text


def test_code_names_what_it_is_given() -> None:
    secrets = {"pin": {"secret": "S", "field": "value"}}
    step = code(source=MAIN.splitlines(), secrets=secrets)
    assert step.title == "run the task's code with S.value"
    assert step.uses() == (SlotUse("S", ("secrets", "pin", "secret"), "value", way=Use.CODE),)
    assert step.text == MAIN
    assert not step.needs_browser()
    assert code(file="parts/a.py").title == "run the code in “parts/a.py”"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"action": "put"}, 'needs "file"'),
        ({"action": "rename"}, 'needs "to"'),
        ({"action": "get", "file": FILE}, 'goes with "action": "put" only'),
        ({"action": "list", "to": "b"}, 'goes with "action": "rename" only'),
        ({"action": "list", "as_file": "b"}, 'goes with "action": "get" only'),
        ({"action": "get", "overwrite": True}, "goes with put and rename only"),
        ({"action": "move"}, "action"),
        ({"action": "list", "url": "https://f.example"}, "written like sftp://"),
        ({"action": "list", "url": "sftp://f.example/in"}, "written like sftp://"),
        ({"action": "list", "url": "sftp://u:p@f.example"}, "user name or password"),
        ({"action": "list", "path": "a\nb"}, "control character"),
        ({"action": "put", "file": {"path": "../a"}}, "in the task's folder"),
    ],
)
def test_a_file_step_that_contradicts_itself_is_refused(written: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        sftp(**written)


def test_a_file_step_says_what_it_does() -> None:
    assert sftp(action="put", file=FILE).title == "put “a.csv” at “a” on sftp://f.example"
    assert sftp(action="rename", to="b").title == "rename “a” to “b” on sftp://f.example"
    assert sftp(action="list").title == "list “a” on sftp://f.example"
    assert not sftp(action="list").needs_browser()
    (use,) = sftp(action="list").uses()
    assert use == SlotUse(
        "F", ("slot",), "username", address="sftp://f.example", way=Use.SFTP, tries=True
    )
