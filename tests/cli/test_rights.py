"""Modes, visibility, deployments, roles and freezes as a person types them."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Call, Said

VALUES = {"username": "ann-canary", "password": "pw-canary-77", "totp": "JBSWY3DPEHPK3PXP"}
DOTS = "••••••••"
CLEARED = "\x1b[2J\x1b[?1049l"


@pytest.fixture
def add(call: Call) -> Callable[..., Any]:
    """Store a login and give its card."""

    def add_secret(name: str = "Hotel admin", *more: str) -> Any:
        said = call(
            "secrets", "add", "--name", name, "--origin", "https://hotel.example",
            "--stdin", "--json", *more, piped=VALUES,
        )  # fmt: skip
        assert said.code == 0, said.err
        return said.document

    return add_secret


@pytest.fixture
def deploy(call: Call, task_file: Callable[..., Path]) -> Callable[..., Said]:
    def deploy_task(*more: str) -> Said:
        return call("deploy", task_file(), "--bind", "ADMIN=Hotel admin", *more)

    return deploy_task


def test_mode_and_visibility_are_chosen_when_a_secret_is_added(add: Callable[..., Any]) -> None:
    plain = add("Plain")
    assert (plain["mode"], plain["visibility"]) == ("test", "restricted")
    chosen = add("Plain", "--mode", "live", "--visibility", "masked")
    assert (chosen["mode"], chosen["visibility"]) == ("live", "masked")
    assert chosen["id"] != plain["id"]


def test_a_value_is_shown_as_eight_dots(call: Call, add: Callable[..., Any]) -> None:
    add("Spare", "--visibility", "masked")
    shown = call("secrets", "show", "Spare")
    assert shown.out.count(DOTS) == len(VALUES)
    assert DOTS * 2 not in shown.out
    for said in (shown, call("secrets", "list"), call("secrets", "list", "--json")):
        assert not any(value in said.everything for value in VALUES.values())


def test_a_masked_value_is_shown_for_a_while_and_cleared(
    add: Callable[..., Any], environment: dict[str, str], call: Call
) -> None:
    card = add("Spare", "--visibility", "masked")
    arguments = ["secrets", "reveal", "Spare", "--field", "password", "--seconds", "2"]
    person = Terminal(arguments, environment)
    began = time.monotonic()
    person.answer("type its name", "Spare")
    assert person.end() == 0
    assert time.monotonic() - began >= 2
    before, shown = person.shown.split("\x1b[?1049h")
    value, after = shown.split(CLEARED)
    assert VALUES["password"] in value
    assert [f"gone in {left} s" in value for left in (3, 2, 1)] == [False, True, True]
    assert VALUES["password"] not in before + after
    assert DOTS in after
    rows = call("secrets", "usage", "Spare", "--json").document["uses"]
    assert [(row["act"], row["field"], row["outcome"]) for row in rows] == [
        ("shown", "password", "allowed")
    ]
    assert card["id"]


def test_another_name_typed_shows_nothing(
    add: Callable[..., Any], environment: dict[str, str]
) -> None:
    add("Spare", "--visibility", "masked")
    person = Terminal(["secrets", "reveal", "Spare", "--field", "password"], environment)
    person.answer("type its name", "Spade")
    assert person.end() == 4
    assert VALUES["password"] not in person.shown


def test_a_restricted_value_is_never_shown(
    add: Callable[..., Any], environment: dict[str, str]
) -> None:
    add()
    person = Terminal(["secrets", "reveal", "Hotel admin", "--field", "password"], environment)
    assert person.end() == 4
    assert "restricted" in person.shown
    assert VALUES["password"] not in person.shown


def test_without_a_terminal_nothing_is_shown(call: Call, add: Callable[..., Any]) -> None:
    add("Spare", "--visibility", "masked")
    said = call("secrets", "reveal", "Spare", "--field", "password", piped="Spare\n")
    said.fails_in_one_line(2)
    assert VALUES["password"] not in said.everything


@pytest.mark.parametrize(
    ("more", "code"),
    [((), 2), (("--confirm", "Hotel"), 2), (("--no-input",), 2), (("--confirm", "Hotel admin"), 0)],
)
def test_deleting_needs_the_name_also_of_scripts(
    call: Call, add: Callable[..., Any], more: tuple[str, ...], code: int
) -> None:
    add()
    assert call("secrets", "delete", "Hotel admin", *more).code == code
    assert len(call("secrets", "list", "--json").document) == (0 if code == 0 else 1)


def test_a_run_with_a_deleted_secret_says_slot_name_and_when(
    call: Call, add: Callable[..., Any], task_file: Callable[..., Path]
) -> None:
    card = add()
    assert call("secrets", "delete", card["id"], "--confirm", "Hotel admin").code == 0
    for ref in (card["id"], "Hotel admin"):
        said = call("run", task_file(), "--bind", f"ADMIN={ref}", "--json")
        error = said.document["error"]
        assert (said.code, error["code"]) == (4, "secret_missing")
        assert "slot ADMIN: the secret 'Hotel admin' was deleted on 20" in error["message"]


def test_fewer_origins_need_nothing_and_others_the_values(
    call: Call, add: Callable[..., Any]
) -> None:
    add()
    other = ("secrets", "origins", "Hotel admin", "--origin", "https://evil.example")
    assert call(*other, "--no-input").code == 2
    assert call("secrets", "show", "Hotel admin", "--json").document["origins"] == [
        "https://hotel.example"
    ]
    given = call(*other, "--stdin", "--json", piped=VALUES)
    assert given.document["origins"] == ["https://evil.example"]
    add("Spare", "--visibility", "masked")
    wider = ("secrets", "origins", "Spare", "--origin", "https://a.example")
    assert call(*wider, "--confirm", "Spade").code == 4
    assert call(*wider, "--confirm", "Spare").code == 0
    assert call("secrets", "origins", "Spare", "--origin", "https://a.example").code == 0


def test_a_deployment_is_made_after_its_difference_was_shown(
    call: Call, add: Callable[..., Any], deploy: Callable[..., Said]
) -> None:
    test = add()
    unasked = deploy("--copy-secret", "Hotel admin")
    assert unasked.code == 2
    assert "+ ADMIN: a live copy of the test secret “Hotel admin”" in unasked.err
    assert call("deployments", "list", "--json").document == []

    made = deploy("--copy-secret", "Hotel admin", "--yes", "--json")
    assert made.code == 0, made.err
    bound = made.document["bindings"]["ADMIN"]
    assert bound["source_secret_id"] == test["id"]
    assert bound["secret"] != test["id"]
    live = call("secrets", "show", bound["secret"], "--json").document
    assert (live["mode"], live["name"]) == ("live", "Hotel admin")
    assert call("deployments", "show", "demo", "--json").document["before"] == []
    assert bound["secret"] in call("deployments", "show", "demo").out


def test_a_changed_task_is_refused_and_deployed_again(
    call: Call, add: Callable[..., Any], deploy: Callable[..., Said], task_file: Callable[..., Path]
) -> None:
    add()
    made = deploy("--copy-secret", "Hotel admin", "--yes", "--json")
    bound = made.document["bindings"]["ADMIN"]
    assert deploy("--copy-secret", "Hotel admin", "--yes").code == 2
    task = task_file(description="changed")
    said = call("run", "--deployment", "demo", task, "--json")
    assert said.code == 2
    assert "deploy again" in said.document["error"]["hint"]
    again = call("deploy", task, "--bind", "ADMIN=Hotel admin", "--yes", "--json")
    assert again.document["number"] == 2
    assert "the task changes since number 1" in again.err

    mixed = call("run", task, "--bind", f"ADMIN={bound['secret']}", "--json")
    assert (mixed.code, mixed.document["error"]["code"]) == (4, "secret_unfit")
    assert call("secrets", "delete", bound["secret"], "--confirm", "Hotel admin").code == 2
    assert call("secrets", "retire", bound["secret"], "--confirm", "Hotel admin").code == 0
    assert call("run", "--deployment", "demo", "--json").document["error"]["code"] == (
        "secret_missing"
    )


def test_at_a_terminal_each_secret_is_asked_about(
    call: Call,
    add: Callable[..., Any],
    environment: dict[str, str],
    task_file: Callable[..., Path],
) -> None:
    add()
    arguments = ["deploy", str(task_file()), "--bind", "ADMIN=Hotel admin"]
    person = Terminal(arguments, environment)
    person.answer("Copy the test secret", "y")
    person.answer("Deploy this?", "y")
    assert person.end() == 0, person.shown
    assert [one["name"] for one in call("deployments", "list", "--json").document] == ["demo"]


def test_a_deployment_brings_its_own_secrets(call: Call, task_file: Callable[..., Path]) -> None:
    said = call("run", task_file(), "--deployment", "demo", "--bind", "ADMIN=x")
    assert said.code == 2
    assert "its own secrets" in said.err
    assert call("run").code == 2


def test_an_editor_sees_and_binds_and_does_no_more(
    call: Call, add: Callable[..., Any], environment: dict[str, str]
) -> None:
    add("Spare", "--visibility", "masked")
    assert call("people", "add", "bob").code == 0
    environment["RUNNER_PERSON"] = "bob"
    people = call("people", "list", "--json").document["people"]
    assert {one["role"] for one in people} == {"owner", "editor"}
    assert [card["name"] for card in call("secrets", "list", "--json").document] == ["Spare"]
    for arguments in (
        ("secrets", "delete", "Spare", "--confirm", "Spare"),
        ("secrets", "rotate", "Spare", "--stdin"),
        ("secrets", "unfreeze", "Spare"),
        ("people", "add", "eve"),
        ("people", "role", "bob", "owner"),
        ("projects", "add", "mine"),
    ):
        said = call(*arguments, piped=VALUES)
        assert "not for the role editor of bob" in said.fails_in_one_line(4)
    environment["RUNNER_PERSON"] = "eve"
    assert "eve has no role" in call("secrets", "list").fails_in_one_line(4)


def test_projects_keep_secrets_apart(
    call: Call, add: Callable[..., Any], environment: dict[str, str]
) -> None:
    card = add()
    assert call("projects", "add", "night-shift").code == 0
    environment["RUNNER_PROJECT"] = "night-shift"
    assert call("secrets", "list", "--json").document == []
    call("secrets", "show", card["id"]).fails_in_one_line(4)
    assert add()["id"] != card["id"]
    assert call("projects", "list").out.split() == ["default", "night-shift"]
    environment["RUNNER_PROJECT"] = "day-shift"
    call("secrets", "list").fails_in_one_line(2)


def test_a_compromised_secret_is_frozen_until_it_has_new_values(
    call: Call, add: Callable[..., Any], task_file: Callable[..., Path]
) -> None:
    card = add()
    done = call("secrets", "compromised", "Hotel admin", "--json").document
    assert [one["id"] for one in done["frozen"]] == [card["id"]]
    assert card["id"] in done["rotate"][0]
    run = ("run", task_file(), "--bind", "ADMIN=Hotel admin", "--json")
    refused = call(*run)
    assert (refused.code, refused.document["error"]["code"]) == (4, "secret_frozen")
    assert refused.document["run_id"] is None
    assert "frozen" in call("secrets", "show", "Hotel admin").err
    assert call("secrets", "rotate", "Hotel admin", "--stdin", piped=VALUES).code == 0
    assert "frozen" not in call("secrets", "show", "Hotel admin").err


def test_documents_hold_no_value(call: Call, add: Callable[..., Any]) -> None:
    add("Spare", "--visibility", "masked")
    said = [
        call("secrets", "usage", "Spare"),
        call("secrets", "usage", "Spare", "--json"),
        call("secrets", "compromised", "Spare"),
        call("secrets", "unfreeze", "Spare", "--json"),
    ]
    assert [one.code for one in said] == [0, 0, 0, 0]
    assert not any(
        value in json.dumps([one.everything for one in said]) for value in VALUES.values()
    )
