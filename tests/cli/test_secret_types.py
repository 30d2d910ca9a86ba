"""Every type of secret by command line: piped in, and typed by a person."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

import pytest
import segno

from agent.vault.secret_types import SECRET_TYPES
from agent.vault.totp import code_at, parse_key
from tests.cli.terminal import Terminal
from tests.secret_examples import PASSPHRASE, good, private_key
from tests.unit.vault.exports import account, link

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Call

SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SITE = ("--origin", "https://hotel.example")
WEAK = "GEZDGNBV"


def origin_for(kind: str) -> tuple[str, str]:
    return "--origin", f"{max(SECRET_TYPES[kind].schemes)}://hotel.example"


@pytest.mark.parametrize("kind", sorted(SECRET_TYPES))
def test_each_type_is_stored_from_one_json_object_and_shown_without_values(
    call: Call, kind: str
) -> None:
    added = call(
        "secrets", "add", "--name", "One", "--type", kind, *origin_for(kind),
        "--stdin", "--json", piped=good(kind),
    )  # fmt: skip
    assert added.code == 0, added.everything
    assert set(added.document["fields"]) >= set(good(kind))
    shown = call("secrets", "show", "One")
    for value in good(kind).values():
        assert value not in shown.everything + added.everything


@pytest.mark.parametrize("kind", sorted(SECRET_TYPES))
def test_a_person_is_asked_for_each_field_as_its_type_says(
    call: Call, environment: dict[str, str], tmp_path: Path, kind: str
) -> None:
    person = Terminal(
        ["secrets", "add", "--name", "One", "--type", kind, *origin_for(kind)], environment
    )
    values = good(kind)
    for part in SECRET_TYPES[kind].parts:
        answer = values[part.name]
        if part.entry == "file":
            (tmp_path / part.name).write_text(answer, encoding="utf-8")
            answer = str(tmp_path / part.name)
        person.answer(f"\n{part.title}", answer)
    assert person.end() == 0, person.shown
    for part in SECRET_TYPES[kind].parts:
        if part.entry == "visible":
            assert values[part.name] in person.shown
        else:
            assert values[part.name] not in person.shown
    (card,) = call("secrets", "list", "--json").document
    assert set(card["fields"]) >= set(values)


def test_a_private_key_may_be_pasted_and_is_not_shown(
    environment: dict[str, str],
) -> None:
    values = good("sftp_private_key")
    person = Terminal(
        ["secrets", "add", "--name", "Files", "--type", "sftp_private_key",
         *origin_for("sftp_private_key")],
        environment,
    )  # fmt: skip
    person.answer("Username", values["username"])
    person.answer("path of its file", "")
    person.answer("end with a line", values["private_key"].rstrip("\n"))
    person.answer("Passphrase", PASSPHRASE)
    person.answer("Server's key", values["host_key"])
    assert person.end() == 0, person.shown
    assert all(line not in person.shown for line in values["private_key"].splitlines())
    assert PASSPHRASE not in person.shown


@pytest.mark.parametrize(
    ("key", "why"),
    [
        (private_key("rsa-1024", pem=True), "RSA of 1024 bits"),
        (private_key("dsa", pem=True), "refused"),
        (private_key(sealed=True), "needs its passphrase"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----", "cannot"),
    ],
)
def test_a_private_key_that_is_no_good_is_refused_in_one_line(
    call: Call, key: str, why: str
) -> None:
    fields = {**good("sftp_private_key"), "private_key": key, "passphrase": None}
    said = call(
        "secrets", "add", "--name", "Files", "--type", "sftp_private_key",
        *origin_for("sftp_private_key"), "--stdin", piped=fields,
    )  # fmt: skip
    assert why in said.fails_in_one_line(2)


def test_a_document_may_be_piped_as_itself_and_its_paths_are_fields(call: Call) -> None:
    content = {"db": {"password": "canary-db", "hosts": ["a.example", "b.example"]}}
    said = call(
        "secrets", "add", "--name", "Db", "--type", "json", *SITE, "--stdin", "--json",
        piped={"document": content},
    )  # fmt: skip
    assert said.code == 0, said.everything
    assert said.document["fields"] == ["db.hosts.0", "db.hosts.1", "db.password", "document"]


def test_a_type_and_an_origin_that_do_not_go_together_are_refused(call: Call) -> None:
    said = call(
        "secrets", "add", "--name", "Files", "--type", "sftp_password", *SITE, "--stdin",
        piped=good("sftp_password"),
    )  # fmt: skip
    assert "not for https://hotel.example" in said.fails_in_one_line(2)


def add_login(environment: dict[str, str], key: str, *more: str) -> Terminal:
    person = Terminal(["secrets", "add", "--name", "Hotel", *SITE, *more], environment)
    person.answer("Username", "ann")
    person.answer("Password", "canary-p4ss")
    if key:
        person.answer("TOTP key", key)
    return person


def test_the_code_of_a_new_key_is_shown_once_for_the_person_to_confirm(
    environment: dict[str, str],
) -> None:
    before = time.time()
    person = add_login(environment, SEED)
    assert person.end() == 0, person.shown
    found = re.search(
        r"code of now is (\d{6}) \((\d+ s left|good in \d+ s, for 30 s)\)", person.shown
    )
    assert found, person.shown
    windows = range(int(before // 30), int(time.time() // 30) + 2)
    assert found[1] in {code_at(parse_key(SEED), window) for window in windows}
    assert SEED not in person.shown


def test_no_code_is_shown_where_the_values_are_piped_in(call: Call) -> None:
    said = call(
        "secrets", "add", "--name", "Hotel", *SITE, "--stdin",
        piped={"username": "ann", "password": "x-canary", "totp": SEED},
    )  # fmt: skip
    assert said.code == 0
    assert "code" not in said.everything


def test_the_code_can_be_asked_for_and_each_look_is_recorded(
    call: Call, stored: Callable[..., Any]
) -> None:
    stored(username="ann", password="x-canary", totp=SEED)
    said = call("secrets", "totp", "Hotel admin")
    assert said.code == 0, said.everything
    assert re.fullmatch(r"\d{6}\n", said.out)
    assert re.search(r"\d+ s left|good in \d+ s, for 30 s", said.err)
    shown = call("secrets", "totp", "Hotel admin", "--json").document
    assert shown["closes_at"] - shown["opens_at"] == 30
    assert shown["code"] == code_at(parse_key(SEED), int(shown["opens_at"] // 30))


def test_a_secret_without_a_key_has_no_code(call: Call, stored: Callable[..., Any]) -> None:
    stored(username="ann", password="x-canary")
    assert "no TOTP key" in call("secrets", "totp", "Hotel admin").fails_in_one_line(4)
    call("secrets", "totp", "Nobody").fails_in_one_line(4)


def test_a_key_is_read_from_a_picture(call: Call, tmp_path: Path) -> None:
    segno.make(f"otpauth://totp/Hotel:ann?secret={SEED}").save(str(tmp_path / "q.png"), scale=5)
    said = call(
        "secrets", "add", "--name", "Hotel", *SITE, "--qr", "q.png", "--stdin", "--json",
        piped={"username": "ann", "password": "x-canary"},
    )  # fmt: skip
    assert said.code == 0, said.everything
    assert said.document["fields"] == ["password", "totp", "username"]
    code = call("secrets", "totp", "Hotel", "--json").document
    assert code["code"] == code_at(parse_key(SEED), int(code["opens_at"] // 30))
    alone = call(
        "secrets", "add", "--name", "Alone", "--type", "totp", *SITE, "--qr", "q.png", "--no-input"
    )
    assert alone.code == 0, alone.everything


def test_a_picture_is_no_use_to_a_type_without_a_key(call: Call) -> None:
    said = call(
        "secrets", "add", "--name", "X", "--type", "value", *SITE, "--qr", "q.png", "--no-input"
    )
    assert "no TOTP key" in said.fails_in_one_line(2)


EXPORT = link(account(name="ann"), account(name="bob", secret=b"another twenty bytes"), parts=2)


def test_a_person_chooses_from_an_export(environment: dict[str, str], call: Call) -> None:
    person = add_login(environment, EXPORT)
    person.answer("Which one", "2")
    assert person.end() == 0, person.shown
    assert "part 1 of 2" in person.shown
    assert "1  Hotel: ann" in person.shown
    code = call("secrets", "totp", "Hotel", "--json").document
    key = parse_key("MFXG65DIMVZCA5DXMVXHI6JAMJ4XIZLT")
    assert code["code"] == code_at(key, int(code["opens_at"] // 30))


def test_an_account_of_an_export_is_named_where_nobody_is_asked(call: Call) -> None:
    def add(*more: str) -> Any:
        return call(
            "secrets", "add", "--name", "Hotel", *SITE, "--stdin", *more,
            piped={"username": "ann", "password": "x-canary", "totp": EXPORT},
        )  # fmt: skip

    assert "holds 2 accounts" in add().fails_in_one_line(2)
    assert "no account" in add("--account", "carol").fails_in_one_line(2)
    assert add("--account", "Hotel: bob").code == 0


@pytest.mark.parametrize(("answer", "stored_secrets"), [("y", 1), ("n", 0)])
def test_a_weak_key_is_asked_about(
    environment: dict[str, str], call: Call, answer: str, stored_secrets: int
) -> None:
    person = add_login(environment, WEAK)
    person.answer("only 40 bits", answer)
    assert (person.end() == 0) == bool(stored_secrets), person.shown
    assert WEAK not in person.shown
    assert len(call("secrets", "list", "--json").document) == stored_secrets


def test_a_weak_key_is_refused_where_nobody_is_asked_unless_it_says_so(call: Call) -> None:
    def add(key: str) -> Any:
        return call(
            "secrets", "add", "--name", "Hotel", *SITE, "--stdin",
            piped={"username": "ann", "password": "x-canary", "totp": key},
        )  # fmt: skip

    refused = add(WEAK)
    assert "40 bits" in refused.fails_in_one_line(2)
    assert "weak=accepted" in refused.err
    assert WEAK not in refused.everything
    assert add(f"otpauth://totp/x?secret={WEAK}&weak=accepted").code == 0


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("otpauth://hotp/x?secret=JBSWY3DPEHPK3PXP&counter=1", "HOTP"),
        ("+49 170 1234567", "message"),
    ],
)
def test_codes_by_counter_or_message_are_refused_in_words(call: Call, key: str, why: str) -> None:
    said = call(
        "secrets", "add", "--name", "Hotel", *SITE, "--stdin",
        piped={"username": "ann", "password": "x-canary", "totp": key},
    )  # fmt: skip
    assert why in said.fails_in_one_line(2)


def test_a_rotated_key_shows_its_code_too(
    stored: Callable[..., Any], environment: dict[str, str]
) -> None:
    stored()
    person = Terminal(["secrets", "rotate", "Hotel admin"], environment)
    person.answer("Username", "ann")
    person.answer("Password", "canary-p4ss")
    person.answer("TOTP key", SEED)
    assert person.end() == 0, person.shown
    assert re.search(r"code of now is \d{6}", person.shown)


def test_declared_secrets_take_any_type(call: Call, tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    written = {"name": "Db", "type": "json", "origins": ["https://hotel.example"]}
    (tmp_path / "secrets" / "db.json").write_text(json.dumps(written), encoding="utf-8")
    values = {"Db": {"document": {"password": "x-canary"}}}
    said = call("secrets", "apply", "secrets", "--stdin", "--json", piped=values)
    assert said.code == 0, said.everything
    assert said.document["stored"][0]["fields"] == ["document", "password"]
