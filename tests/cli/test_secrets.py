from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Call

PASSWORD, SEED = "canary-p4ss word", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def test_a_secret_lives_from_add_to_delete(call: Call) -> None:
    added = call(
        "secrets", "add", "--name", "Hotel admin", "--type", "login",
        "--origin", "https://hotel.example", "--stdin", "--json",
        piped={"username": "ann", "password": PASSWORD, "totp": SEED},
    )  # fmt: skip
    assert added.code == 0, added.err
    card = added.document
    assert (card["name"], card["type"], card["version"]) == ("Hotel admin", "login", 1)
    assert set(card["fields"]) == {"username", "password", "totp"}
    assert card["origins"] == ["https://hotel.example"]

    listed = {**card, "last_used_at": None}
    assert call("secrets", "list", "--json").document == [listed]
    assert call("secrets", "show", "Hotel admin", "--json").document == listed
    assert card["id"] in call("secrets", "list").out
    assert "Hotel admin" in call("secrets", "show", card["id"]).out

    rotated = call(
        "secrets", "rotate", card["id"], "--stdin", "--json",
        piped={"username": "ann", "password": PASSWORD + "2"},
    )  # fmt: skip
    assert rotated.code == 0, rotated.err
    assert rotated.document["id"] == card["id"]
    assert rotated.document["version"] == 2

    deleted = call("secrets", "delete", card["id"], "--confirm", "Hotel admin", "--json")
    assert (deleted.code, deleted.document["id"]) == (0, card["id"])
    assert call("secrets", "list", "--json").document == []
    said = [added, rotated, deleted]
    assert not any(value in one.everything for one in said for value in (PASSWORD, SEED))


def test_nothing_in_the_data_folder_holds_a_value(
    stored: Callable[..., Any], environment: dict[str, str]
) -> None:
    stored(username="ann-canary", password=PASSWORD, totp=SEED)
    places = Path(environment["HOME"]).parent
    files = [path for path in places.rglob("*") if path.is_file()]
    assert files
    for path in files:
        found = path.read_bytes()
        assert not any(value.encode() in found for value in ("ann-canary", PASSWORD, SEED))
        assert path.stat().st_mode & 0o077 == 0, path


def test_a_name_in_use_is_refused(call: Call, stored: Callable[..., Any]) -> None:
    stored()
    said = call(
        "secrets", "add", "--name", "Hotel admin", "--origin", "https://hotel.example", "--stdin",
        piped={"username": "ann", "password": "pw-1"},
    )  # fmt: skip
    said.fails_in_one_line(2)


@pytest.mark.parametrize("origin", ["hotel.example", "http://hotel.example", "https://*", "nope"])
def test_an_origin_that_is_none_is_refused(call: Call, origin: str) -> None:
    said = call(
        "secrets", "add", "--name", "x", "--origin", origin, "--stdin",
        piped={"username": "ann", "password": "pw-1"},
    )  # fmt: skip
    said.fails_in_one_line(2)


def declare(folder: Path, *names: str) -> None:
    folder.mkdir()
    for number, name in enumerate(names):
        written = {"name": name, "type": "login", "origins": ["https://hotel.example"]}
        (folder / f"{number}.json").write_text(json.dumps(written), encoding="utf-8")


def test_declared_secrets_are_stored_from_one_object_of_objects(call: Call, tmp_path: Path) -> None:
    declare(tmp_path / "secrets", "Hotel admin", "Night porter")
    values = {"Hotel admin": {"username": "ann", "password": PASSWORD}}
    said = call("secrets", "apply", "secrets", "--stdin", "--json", piped=values)
    assert said.code == 4, said.everything
    assert [card["name"] for card in said.document["stored"]] == ["Hotel admin"]
    assert said.document["wanting"] == ["Night porter"]
    assert "Night porter" in said.err

    values = {"Night porter": {"username": "bob", "password": PASSWORD}}
    assert call("secrets", "apply", "secrets", "--stdin", piped=values).code == 0
    again = call("secrets", "apply", "secrets", "--no-input", "--json")
    assert (again.code, again.document["wanting"], again.document["stored"]) == (0, [], [])


def test_declared_secrets_without_values_are_named(call: Call, tmp_path: Path) -> None:
    declare(tmp_path / "secrets", "Hotel admin")
    said = call("secrets", "apply", "secrets", "--no-input")
    assert said.code == 4
    assert "Hotel admin" in said.err


def test_values_typed_at_a_terminal_are_not_shown(call: Call, environment: dict[str, str]) -> None:
    arguments = ["secrets", "add", "--name", "Hotel admin", "--origin", "https://hotel.example"]
    person = Terminal(arguments, environment)
    person.answer("Username", "ann-visible")
    person.answer("Password", PASSWORD)
    person.answer("TOTP key", SEED)
    assert person.end() == 0
    assert "ann-visible" in person.shown
    assert PASSWORD not in person.shown
    assert SEED not in person.shown
    (card,) = call("secrets", "list", "--json").document
    assert card["id"] in person.shown
    assert set(card["fields"]) == {"username", "password", "totp"}


def test_an_empty_answer_leaves_the_totp_key_out(call: Call, environment: dict[str, str]) -> None:
    arguments = ["secrets", "add", "--name", "Plain", "--origin", "https://hotel.example"]
    person = Terminal(arguments, environment)
    for question, text in (("Username", "ann"), ("Password", PASSWORD), ("TOTP key", "")):
        person.answer(question, text)
    assert person.end() == 0
    (card,) = call("secrets", "list", "--json").document
    assert set(card["fields"]) == {"username", "password"}


def test_ctrl_c_at_a_question_is_an_interruption(call: Call, environment: dict[str, str]) -> None:
    arguments = ["secrets", "add", "--name", "Plain", "--origin", "https://hotel.example"]
    person = Terminal(arguments, environment)
    person.interrupt("Username:")
    assert person.end() == 130
    assert "Traceback" not in person.shown
    assert call("secrets", "list", "--json").document == []


@pytest.mark.parametrize(("answer", "left"), [("y", 1), ("Hotel admin", 0)])
def test_deleting_at_a_terminal_is_asked_about(
    call: Call,
    stored: Callable[..., Any],
    environment: dict[str, str],
    answer: str,
    left: int,
) -> None:
    stored()
    person = Terminal(["secrets", "delete", "Hotel admin"], environment)
    person.answer("Type its name", answer)
    person.end()
    assert len(call("secrets", "list", "--json").document) == left
