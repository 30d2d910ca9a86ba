"""Recordings of other tools become tasks, without what was typed into credential fields."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from agent.errors import UsageError
from agent.planner.importing import import_file

if TYPE_CHECKING:
    from pathlib import Path

    from agent.tasks.importing.credentials import Cleaned

PASSWORD, USER, CODE = "Kumquat&Lantern-4417", "ann.clerk", "291837"
SITE = "https://hotel.example"
LOGIN = {"type": "sign_in", "slot": "LOGIN"}

DEVTOOLS = {
    "title": "Sign in",
    "steps": [
        {"type": "setViewport", "width": 1, "height": 1},
        {
            "type": "navigate",
            "url": f"{SITE}/login",
            "assertedEvents": [{"type": "navigation", "url": f"{SITE}/login", "title": ""}],
        },
        {"type": "click", "selectors": [["aria/User name"], ["#user"]]},
        {"type": "change", "value": USER, "selectors": [["aria/User name"], ["#user"]]},
        {"type": "keyDown", "key": "Tab"},
        {
            "type": "change",
            "value": PASSWORD,
            "selectors": [["#app", "#pw"], ['xpath///*[@id="pw"]']],
        },
        {"type": "keyDown", "key": "Enter"},
        {"type": "keyUp", "key": "Enter"},
        {"type": "change", "value": CODE, "selectors": [["aria/One-time code"]]},
        {
            "type": "click",
            "selectors": [['aria/Go[role="button"]'], ["text/Go"]],
            "assertedEvents": [{"type": "navigation", "url": f"{SITE}/?u={USER}", "title": ""}],
        },
        {"type": "change", "value": "blue", "selectors": [["select#colour"]]},
        {"type": "doubleClick", "selectors": [["#row"]], "frame": [0, 1]},
        {"type": "navigate", "url": f"{SITE}/echo/Kumquat%26Lantern-4417"},
        {"type": "waitForExpression", "expression": "1"},
        {"type": "close"},
    ],
}
CODEGEN = [
    {"browserName": "chromium"},
    {"name": "openPage", "url": "about:blank"},
    {"name": "navigate", "url": f"{SITE}/login"},
    {"name": "click", "locator": {"kind": "label", "body": "Email", "options": {}}},
    {
        "name": "fill",
        "text": USER[:3],
        "locator": {"kind": "label", "body": "Email", "options": {}},
    },
    {"name": "fill", "text": USER, "locator": {"kind": "label", "body": "Email", "options": {}}},
    {
        "name": "fill",
        "text": PASSWORD,
        "locator": {
            "kind": "role",
            "body": "textbox",
            "options": {"name": "Password", "attrs": []},
        },
    },
    {
        "name": "press",
        "key": "Enter",
        "modifiers": 10,
        "locator": {
            "kind": "role",
            "body": "textbox",
            "options": {"name": "Password", "attrs": []},
        },
    },
    {
        "name": "click",
        "clickCount": 0,
        "locator": {"kind": "default", "body": "form", "options": {}},
    },
    {
        "name": "click",
        "clickCount": 2,
        "button": "left",
        "locator": {
            "kind": "default",
            "body": "iframe",
            "options": {},
            "next": {
                "kind": "frame",
                "body": "",
                "next": {
                    "kind": "text",
                    "body": "Row",
                    "options": {"exact": True},
                    "next": {"kind": "nth", "body": "1"},
                },
            },
        },
    },
    {
        "name": "assertText",
        "text": "Hi",
        "substring": True,
        "locator": {"kind": "test-id", "body": "x"},
    },
    {
        "name": "select",
        "options": ["2"],
        "locator": {"kind": "label", "body": "Floor", "options": {}},
    },
    {"name": "assertSnapshot", "ariaSnapshot": PASSWORD, "locator": {"kind": "text", "body": "x"}},
]
SIDE = {
    "name": "project",
    "url": SITE,
    "tests": [
        {
            "name": "Sign in",
            "commands": [
                {"command": "open", "target": "/login", "value": ""},
                {"command": "setWindowSize", "target": "1x1", "value": ""},
                {
                    "command": "type",
                    "target": "name=user",
                    "targets": [["id=user", "id"]],
                    "value": USER,
                },
                {"command": "type", "target": "id=password", "value": PASSWORD},
                {"command": "sendKeys", "target": "id=password", "value": "${KEY_ENTER}"},
                {"command": "//click", "target": "id=x", "value": ""},
                {"command": "type", "target": "css=#api-token", "value": "tok-998877"},
                {"command": "select", "target": "id=floor", "value": "label=Two"},
                {"command": "click", "target": "linkText=Guests", "value": ""},
                {"command": "assertText", "target": "css=h1", "value": "Guests"},
                {"command": "executeScript", "target": "1", "value": ""},
            ],
        },
        {"name": "other", "commands": []},
    ],
}


def made(folder: Path, content: Any, kind: str | None = None) -> Cleaned:
    path = folder / "recording"
    lines = isinstance(content, list)
    path.write_text("\n".join(map(json.dumps, content)) if lines else json.dumps(content))
    return import_file(path, kind)


def said(one: Cleaned) -> str:
    return json.dumps([one.document, [str(f) for f in one.filled], one.left_out]) + repr(one)


@pytest.mark.parametrize("content", [DEVTOOLS, CODEGEN, SIDE], ids=["devtools", "codegen", "side"])
def test_nothing_typed_into_a_credential_field_is_written(tmp_path: Path, content: Any) -> None:
    one = made(tmp_path, content)
    text = said(one)
    for value in (PASSWORD, "Kumquat%26Lantern-4417", USER, "tok-998877", CODE):
        assert value not in text
    assert LOGIN in one.document["steps"]
    assert one.document["slots"]["LOGIN"]["origins"] == [SITE]
    assert json.dumps(content).count(PASSWORD)  # it was there to be written


def test_a_devtools_recording_becomes_steps(tmp_path: Path) -> None:
    one = made(tmp_path, DEVTOOLS)
    kinds = [step["type"] for step in one.document["steps"]]
    assert kinds == [
        "goto", "sign_in", "wait_for", "select_option", "dblclick", "close_page",
    ]  # fmt: skip
    steps = one.document["steps"]
    assert steps[4]["target"]["frame"] == ["iframe >> nth=0", "iframe >> nth=1"]
    assert one.document["slots"]["LOGIN"]["totp"] == "required"
    assert [(one.step, one.slot, one.field) for one in one.filled] == [
        (2, "LOGIN", "username"), (2, "LOGIN", "password"), (2, "LOGIN", "totp"),
    ]  # fmt: skip
    assert "steps of type 'waitForExpression'" in one.left_out
    assert any("repeats what was typed" in what for what in one.left_out)


def test_a_codegen_recording_becomes_steps(tmp_path: Path) -> None:
    one = made(tmp_path, CODEGEN)
    steps = one.document["steps"]
    assert [step["type"] for step in steps] == [
        "goto", "sign_in", "dblclick", "expect", "select_option",
    ]  # fmt: skip
    assert steps[2]["target"] == {"text": "Row", "exact": True, "nth": 1, "frame": ["iframe"]}
    assert steps[3] == {"type": "expect", "target": {"test_id": "x"}, "contains": "Hi"}


def test_a_selenium_project_becomes_steps(tmp_path: Path) -> None:
    one = made(tmp_path, SIDE)
    steps = one.document["steps"]
    assert [step["type"] for step in steps] == [
        "goto", "sign_in", "fill", "select_option", "click", "expect",
    ]  # fmt: skip
    assert steps[0]["url"] == f"{SITE}/login"
    assert steps[2]["value"] == {"secret": "SECRET_1", "field": "value"}
    assert steps[3]["label"] == "Two"
    assert set(one.left_out) == {"1 further tests of the project", "the command 'executeScript'"}


def change(label: str, value: str) -> dict[str, Any]:
    return {"type": "change", "value": value, "selectors": [[f"aria/{label}"]]}


def test_a_login_that_is_not_one_stays_as_it_was_typed(tmp_path: Path) -> None:
    enter = {"type": "keyDown", "key": "Enter"}
    user, password = change("User name", USER), change("Password", PASSWORD)
    kinds = {
        "no name": ([password, enter], ["fill", "press"]),
        "two passwords": ([user, password, change("Repeat password", PASSWORD)], ["fill"] * 3),
        "a name alone": ([user, enter], ["fill", "press"]),
        "twice the same": ([user, password, enter, password, enter], ["sign_in"]),
        "nothing sent": ([user, password, change("Note", "x")], ["sign_in", "fill"]),
        "a box before the button": (
            [user, password, {"type": "click", "selectors": [["text/Go"]]}, enter],
            ["sign_in", "press"],
        ),
        "a link is no button": (
            [user, password, {"type": "click", "selectors": [['aria/Guests[role="link"]']]}],
            ["sign_in", "click"],
        ),
    }
    for name, (steps, wanted) in kinds.items():
        one = made(tmp_path, {"title": "x", "steps": steps})
        assert [step["type"] for step in one.document["steps"]] == wanted, name
        assert PASSWORD not in said(one)


def test_a_code_long_after_the_login_is_a_step_of_its_own(tmp_path: Path) -> None:
    link = {"type": "click", "selectors": [["#pay"]], "frame": [0]}
    steps = [
        change("User name", USER), change("Password", PASSWORD),
        {"type": "keyDown", "key": "Enter"},
        *[link | {"selectors": [[f"#pay{n}"]]} for n in "abc"], change("One-time code", CODE),
    ]  # fmt: skip
    one = made(tmp_path, {"title": "x", "steps": steps})
    assert [step["type"] for step in one.document["steps"]] == [
        "sign_in", "click", "click", "click", "fill",
    ]  # fmt: skip
    assert [(filled.step, filled.field) for filled in one.filled] == [
        (1, "username"), (1, "password"), (5, "totp"),
    ]  # fmt: skip


def test_a_file_that_was_chosen_is_an_input(tmp_path: Path) -> None:
    locator = {"kind": "label", "body": "Photo", "options": {}}
    files = {"name": "setInputFiles", "files": ["a b.jpeg", "c.png"], "locator": locator}
    one = made(tmp_path, [files], "codegen")
    assert one.document["steps"][0]["files"] == [
        {"path": "${inputs.file}"}, {"path": "${inputs.file_2}"},
    ]  # fmt: skip
    assert one.document["inputs"]["file_2"]["default"] == "c.png"


def test_a_name_without_a_password_is_no_credential_and_a_post_code_no_code(tmp_path: Path) -> None:
    steps = [
        {"type": "change", "value": "Ann", "selectors": [["aria/User name"]]},
        {"type": "change", "value": "10115", "selectors": [["aria/Post code"]]},
        {"type": "change", "value": "costs ${x}", "selectors": [["aria/Note"]]},
    ]
    one = made(tmp_path, {"title": "x", "steps": steps})
    values = [step["value"] for step in one.document["steps"]]
    assert values == ["Ann", "10115", "costs $${x}"]
    assert "slots" not in one.document


@pytest.mark.parametrize("content", [{}, {"title": "x", "steps": []}, [], {"tests": []}, [1]])
def test_what_is_no_recording_is_refused(tmp_path: Path, content: Any) -> None:
    with pytest.raises(UsageError):
        made(tmp_path, content)


def test_a_step_no_task_can_have_is_left_out(tmp_path: Path) -> None:
    click = {"type": "click", "selectors": [['aria/x[role="nonsense"]']]}
    one = made(tmp_path, {"title": "x", "steps": [click, {"type": "close"}]})
    assert [step["type"] for step in one.document["steps"]] == ["close_page"]
    assert "a step that a task cannot have" in one.left_out[0]


@pytest.mark.parametrize(
    ("selector", "slot"),
    [
        ("[name=user_pass]", "LOGIN.password"),
        ("#userPass", "LOGIN.password"),
        ("#txtPassword2", "LOGIN.password"),
        ("[autocomplete=current-password]", "LOGIN.password"),
        ("aria/Kennwort", "LOGIN.password"),
        ("#login-otp", "LOGIN.totp"),
        ("aria/Verification code", "LOGIN.totp"),
        ("#apiKey", "SECRET_1.value"),
        ("#card-cvc", "SECRET_1.value"),
        ("aria/Passenger name", None),
        ("aria/Passport", None),
        ("aria/Country code", None),
        ("aria/Comment", None),
    ],
)
def test_a_field_is_known_by_its_words(tmp_path: Path, selector: str, slot: str | None) -> None:
    step = {"type": "change", "value": "typed-17", "selectors": [[selector]]}
    one = made(tmp_path, {"title": "x", "steps": [step, {"type": "close"}]})
    assert [f"{filled.slot}.{filled.field}" for filled in one.filled] == ([slot] if slot else [])
    assert ("typed-17" in json.dumps(one.document)) is (slot is None)
