from typing import Any

import pytest
from pydantic import ValidationError

from agent.steps import STEPS, SlotUse
from agent.steps.rows import field_names
from agent.steps.values import DRAFT

LINK = {"role": "link", "name": "Guests"}
FIELD = {"label": "Date"}


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ({"type": "goto", "url": "https://h.example/a?q=1"}, "open https://h.example/a"),
        ({"type": "sign_in", "slot": "A"}, "sign in as A"),
        ({"type": "click", "target": LINK}, "click link “Guests”"),
        ({"type": "fill", "target": FIELD, "value": "private"}, "fill field “Date”"),
        (
            {"type": "fill", "target": FIELD, "value": {"secret": "A", "field": "totp"}},
            "fill field “Date” with A.totp",
        ),
        ({"type": "dblclick", "target": LINK}, "double-click link “Guests”"),
        ({"type": "hover", "target": LINK}, "hover over link “Guests”"),
        ({"type": "check", "target": FIELD}, "tick field “Date”"),
        ({"type": "uncheck", "target": FIELD}, "untick field “Date”"),
        ({"type": "drag", "target": LINK, "to": FIELD}, "drag link “Guests” onto field “Date”"),
        ({"type": "scroll", "target": LINK}, "scroll to link “Guests”"),
        ({"type": "scroll", "edge": "top"}, "scroll the page to the top"),
        ({"type": "scroll", "down": 9}, "scroll the page by 0, 9 pixels"),
        ({"type": "dialog", "answer": "accept"}, "accept dialogs from here on"),
        ({"type": "switch_page", "url": "**/a"}, "go on in the page at “**/a”"),
        ({"type": "switch_page", "number": 0}, "go on in the page number 0"),
        ({"type": "close_page"}, "close the page"),
        ({"type": "sign_out"}, "sign out"),
        ({"type": "sign_out", "target": LINK}, "sign out with link “Guests”"),
        (
            {"type": "upload", "target": FIELD, "files": [{"path": "a/b.csv"}]},
            "upload “a/b.csv” at field “Date”",
        ),
        ({"type": "download", "target": LINK}, "download from link “Guests”"),
        (
            {"type": "evaluate", "expression": "() =>\n  1"},
            "run the script “() => 1” in the page",
        ),
        ({"type": "press", "key": "Enter"}, "press Enter"),
        ({"type": "press", "key": "Enter", "target": FIELD}, "press Enter in field “Date”"),
        (
            {"type": "select_option", "target": FIELD, "label": "Two"},
            "choose option “Two” in field “Date”",
        ),
        (
            {"type": "select_option", "target": FIELD, "index": 0},
            "choose option number 1 in field “Date”",
        ),
        ({"type": "wait_for", "target": LINK}, "wait for link “Guests” to be visible"),
        ({"type": "wait_for", "url": "**/guests"}, "wait for the address **/guests"),
        ({"type": "wait_for", "load_state": "load"}, "wait for the page to reach load"),
        ({"type": "expect", "target": LINK}, "expect link “Guests” to be visible"),
        ({"type": "expect", "target": LINK, "count": 2}, "expect link “Guests” to count 2"),
        (
            {"type": "expect", "target": LINK, "text": "x"},
            "expect link “Guests” to have the text “x”",
        ),
        ({"type": "expect", "title": "Hotel"}, "expect the page to have the title “Hotel”"),
        (
            {"type": "extract", "target": {"role": "table"}, "save_as": "guests"},
            "read table as guests",
        ),
        ({"type": "screenshot", "file": "guests"}, "take the picture “guests”"),
    ],
)
def test_a_step_says_what_it_does(written: dict[str, Any], title: str) -> None:
    assert STEPS[written["type"]].model_validate(written).title == title


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"type": "select_option", "target": FIELD}, "exactly one of value, label, index"),
        ({"type": "select_option", "target": FIELD, "value": "a", "index": 1}, "exactly one"),
        ({"type": "wait_for"}, "exactly one of target, url, load_state"),
        ({"type": "wait_for", "url": "x", "target": LINK}, "exactly one"),
        ({"type": "wait_for", "url": "x", "state": "hidden"}, '"state" goes with "target"'),
        ({"type": "expect"}, "needs a target, or one of url, title"),
        ({"type": "expect", "text": "x"}, '"text" needs a target'),
        ({"type": "expect", "target": LINK, "url": "x"}, "about the page, not a target"),
        ({"type": "expect", "target": LINK, "text": "x", "count": 1}, "one thing at a time"),
        ({"type": "expect", "url": "x", "title": "x"}, "one thing at a time"),
        ({"type": "extract", "target": LINK, "save_as": "a b"}, "save_as"),
        ({"type": "extract", "target": LINK, "save_as": "a", "min_rows": -1}, "min_rows"),
        ({"type": "screenshot", "file": "../../etc/passwd"}, "file"),
        ({"type": "scroll"}, "needs target, edge, right or down"),
        ({"type": "scroll", "edge": "top", "down": 1}, "does not go with"),
        ({"type": "dialog", "answer": "dismiss", "text": "x"}, '"text" goes with'),
        ({"type": "switch_page"}, "exactly one of url, number"),
        ({"type": "switch_page", "url": "x", "number": 1}, "exactly one of url, number"),
        ({"type": "sign_out", "target": LINK, "url": "https://h.example"}, "at most one of"),
        ({"type": "sign_out", "url": "https://h.example"}, '"url" needs "expect"'),
        ({"type": "download", "target": LINK, "file": "../x"}, "file"),
        ({"type": "upload", "target": FIELD, "files": [{"path": "../x"}]}, "no hidden one"),
        ({"type": "upload", "target": FIELD, "files": [{"path": "/etc/passwd"}]}, "no hidden one"),
        ({"type": "upload", "target": FIELD, "files": [{"path": "a/.env"}]}, "no hidden one"),
        ({"type": "upload", "target": FIELD, "files": [{"path": "a\\b"}]}, "no hidden one"),
        ({"type": "upload", "target": FIELD, "files": [{}]}, "exactly one of path"),
        ({"type": "upload", "target": FIELD, "files": [{"text": "x"}]}, '"text" needs "name"'),
        ({"type": "evaluate", "expression": ""}, "expression"),
        ({"type": "expect", "dialog": "x", "target": LINK}, "about the page, not a target"),
        ({"type": "sign_in", "slot": "A", "retry": {}}, "is not tried again"),
        (
            {
                "type": "fill",
                "target": FIELD,
                "value": {"secret": "A", "field": "password"},
                "retry": {},
            },
            "is not tried again",
        ),
        ({"type": "close_page", "retry": {}, "once": True}, "contradict each other"),
        ({"type": "close_page", "retry": {"on": ["login_failed"]}}, "not tried again on this"),
        ({"type": "close_page", "retry": {"attempts": 1}}, "attempts"),
        ({"type": "goto", "url": "guests"}, "not a web address"),
        ({"type": "goto", "url": "https://u:p@h.example"}, "user name or password"),
        ({"type": "goto", "url": "${inputs.site}"}, "not a web address"),
    ],
)
def test_a_step_that_contradicts_itself_is_refused(written: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        STEPS[written["type"]].model_validate(written)


def test_an_address_with_an_input_is_left_alone_only_in_a_draft() -> None:
    written = {"type": "goto", "url": "${inputs.site}"}
    assert STEPS["goto"].model_validate(written, context={DRAFT: True})


def test_steps_name_the_slots_they_use() -> None:
    login = {"type": "sign_in", "slot": "A", "url": "https://h.example"}
    assert STEPS["sign_in"].model_validate(login).uses() == (
        SlotUse("A", ("slot",), type="login", address="https://h.example", tries=True),
    )
    fill = {"type": "fill", "target": FIELD, "value": {"secret": "A", "field": "totp"}}
    assert STEPS["fill"].model_validate(fill).uses() == (
        SlotUse("A", ("value", "secret"), field="totp"),
    )
    assert STEPS["fill"].model_validate(fill | {"value": "x"}).uses() == ()


def test_a_header_names_each_field_once_and_none_empty() -> None:
    assert field_names(["Name", " Room \n no ", "", "Name"]) == [
        "Name",
        "Room no",
        "column 3",
        "Name 4",
    ]
