"""What a sign-in step may say about codes, and how a mistake is told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agent.errors import TaskInvalid
from agent.planner import check
from agent.steps.sign_in import SignIn
from agent.tasks import load_text

BY_MAIL = {"from": "imap", "slot": "MAILBOX", "sender": "no-reply@hotel.example"}


def problems(codes: Any, **more: Any) -> list[str]:
    step = {"type": "sign_in", "slot": "LOGIN", "codes": codes} | more
    slots = {"LOGIN": {"type": "login"}, "MAILBOX": {"type": "mailbox"}}
    document = {"name": "x", "slots": slots, "steps": [step]}
    try:
        check(load_text(json.dumps(document, indent=1), "t.json"))
    except TaskInvalid as error:
        return [f"{one.path}: {one.message}" for one in error.problems]
    return []


@pytest.mark.parametrize(
    "codes",
    [
        BY_MAIL,
        BY_MAIL | {"subject": "code", "wait": 30},
        BY_MAIL | {"sender": "@hotel.example"},
        {"from": "webhook", "wait": 600.5},
        {"from": "operator"},
    ],
)
def test_each_source_is_said_in_one_object(codes: dict[str, Any]) -> None:
    assert problems(codes) == []


@pytest.mark.parametrize(
    ("codes", "told"),
    [
        ({"from": "imap"}, 'codes: codes from "imap" need slot and sender'),
        ({"from": "imap", "slot": "MAILBOX"}, 'codes: codes from "imap" need sender'),
        ({"from": "webhook", "slot": "MAILBOX"}, 'codes: "slot" goes with codes from "imap" only'),
        (BY_MAIL | {"slot": "LOGIN"}, "codes.slot: this step needs a slot of type mailbox, "),
        (BY_MAIL | {"slot": "MIALBOX"}, "codes.slot: the task has no such slot; did you mean"),
        (BY_MAIL | {"sender": "Hotel"}, "codes.sender: "),
        (BY_MAIL | {"sendr": "x"}, 'codes.sendr: unknown key; did you mean "sender"?'),
        (BY_MAIL | {"wait": 0}, "codes.wait: "),
        ({"from": "pigeon"}, "codes.from: "),
        ({}, 'codes: the key "from" is missing'),
        ({"source": "operator"}, "codes.source: unknown key"),
    ],
)
def test_a_mistake_is_told_with_its_place(codes: dict[str, Any], told: str) -> None:
    assert any(line.startswith(f"steps[0].{told}") for line in problems(codes)), problems(codes)


def test_a_mistake_has_its_line() -> None:
    document = {"name": "x", "slots": {"LOGIN": {"type": "login"}}, "steps": []}
    step = {"type": "sign_in", "slot": "LOGIN", "codes": {"from": "pigeon"}}
    written = json.dumps(document | {"steps": [step]}, indent=1)
    with pytest.raises(TaskInvalid) as invalid:
        check(load_text(written, "t.json"))
    line = 1 + written.splitlines().index('    "from": "pigeon"')
    assert str(invalid.value).startswith(f"t.json:{line}:")


def test_a_device_is_trusted_only_where_the_task_says_true() -> None:
    assert not SignIn.model_validate(SignIn.example()).trust_device
    assert problems(None, trust_device="yes")
    assert problems(None, trust_device=True, via="Blue Bird") == []


def test_a_login_slot_may_not_be_filled_by_a_mailbox() -> None:
    (line,) = problems({"from": "operator"}, slot="MAILBOX")
    assert line == (
        "steps[0].slot: this step needs a slot of type login, and this one is of mailbox"
    )
