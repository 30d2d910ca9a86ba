"""`op`, `bws` and `bw`: what they are told, and what is made of how they fail."""

from __future__ import annotations

import json
import traceback
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from agent.errors import (
    SourceBusy,
    SourceDenied,
    SourceFailed,
    SourceMalformed,
    SourceMissing,
    SourceUnavailable,
)
from agent.vault.providers.bitwarden import Bitwarden, BitwardenReference
from agent.vault.providers.onepassword import OnePassword, OnePasswordReference
from agent.vault.sourcing import program
from tests.standins.programs import Programs

if TYPE_CHECKING:
    from pathlib import Path

    from agent.vault.providers import Provider

SECRET_ID = "ad3fc2a1-1c2d-4e5f-8a9b-0123456789ab"
SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
CALLS: dict[str, tuple[type[Provider], Any]] = {
    "op read": (OnePassword, OnePasswordReference(references={"value": "op://Work/Hotel/pin"})),
    "op item": (OnePassword, OnePasswordReference(item="Hotel", fields_from={"value": "pin"})),
    "bws": (Bitwarden, BitwardenReference(secret_id=SECRET_ID)),
    "bw": (Bitwarden, BitwardenReference(item_id=SECRET_ID, keys={"value": "pin"})),
}
TOKENS = {
    "op": {"OP_SERVICE_ACCOUNT_TOKEN", "OP_SESSION_work"},
    "bws": {"BWS_ACCESS_TOKEN"},
    "bw": {"BW_SESSION"},
}


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary-aws")
    monkeypatch.setenv("HOTEL_PASSWORD", "canary-hotel")
    monkeypatch.setenv("RUNNER_KEY_FILE", "canary-key")
    for names in TOKENS.values():
        for name in names:
            monkeypatch.setenv(name, f"own-{name}")
    made = Programs.install(tmp_path / "bin", "op", "bws", "bw")
    item = {"login": {"username": "u"}, "fields": [{"name": "pin", "value": "canary-pin"}]}
    secret = {"object": "secret", "value": "canary-pin"}
    made.answer(
        fields={"op://Work/Hotel/pin": "canary-pin"},
        items={
            "Hotel": {"fields": [{"id": "x1", "label": "pin", "value": "canary-pin"}]},
            SECRET_ID: {**item, **secret},
        },
    )
    return made


def ask(call: str) -> str:
    provider, reference = CALLS[call]
    return provider().fetch(reference, ["value"])["value"]


@pytest.mark.parametrize("call", CALLS)
def test_the_value_comes_by_the_pipe_and_no_secret_goes_in(programs: Programs, call: str) -> None:
    assert ask(call) == "canary-pin"
    [made] = programs.calls()
    assert "canary" not in json.dumps(made)
    assert set(made["environ"]) & {"AWS_SECRET_ACCESS_KEY", "HOTEL_PASSWORD"} == set()


@pytest.mark.parametrize("call", CALLS)
def test_each_program_is_told_by_its_own_variables_only_who_asks(
    programs: Programs, call: str
) -> None:
    ask(call)
    [made] = programs.calls()
    told = {name for name, value in made["environ"].items() if value.startswith("own-")}
    assert told == TOKENS[call.partition(" ")[0]]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("[ERROR] 2026/11/22 10:00:00 You are not currently signed in.", SourceDenied),
        ("Vault is locked.", SourceDenied),
        ("You are not logged in.", SourceDenied),
        ("Error: Access token is not in a valid format", SourceDenied),
        ('[ERROR] 2026/11/22 10:00:00 "Hotel" isn\'t an item.', SourceMissing),
        ("Not found.", SourceMissing),
        ("Error: Received error message from server: [429] Too Many Requests", SourceBusy),
        ("panic: canary-pin at 0x00", SourceUnavailable),
    ],
)
def test_its_errors_are_sorted_and_never_quoted(
    programs: Programs, call: str, said: str, kind: type[SourceFailed]
) -> None:
    programs.answer(fails=said)
    with pytest.raises(kind) as refused:
        ask(call)
    assert refused.value.hint
    told = "".join(traceback.format_exception(refused.value)) + refused.value.hint
    assert "canary" not in told


@pytest.mark.parametrize("call", CALLS)
def test_a_program_that_is_not_there_is_named(
    programs: Programs, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(programs.folder / "empty"))
    with pytest.raises(SourceUnavailable, match="not installed"):
        ask(call)


@pytest.mark.parametrize("call", CALLS)
def test_a_program_that_hangs_is_ended(
    programs: Programs, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs.answer(hangs=True)
    monkeypatch.setattr(program, "LONGEST_WAIT", 0.5)
    with pytest.raises(SourceUnavailable, match="no answer"):
        ask(call)


@pytest.mark.parametrize("call", ["op item", "bws", "bw"])
@pytest.mark.parametrize("printed", ["", "{", "[]", "null", '"canary"', '{"fields": "canary"}'])
def test_an_answer_of_unknown_form_is_not_quoted(
    programs: Programs, call: str, printed: str
) -> None:
    programs.answer(prints=printed)
    with pytest.raises((SourceMalformed, SourceMissing)) as refused:
        ask(call)
    assert "canary" not in "".join(traceback.format_exception(refused.value))


def test_a_login_of_1password_comes_with_its_one_time_password_key(programs: Programs) -> None:
    fields = [
        {"id": "username", "purpose": "USERNAME", "label": "username", "value": "ann"},
        {"id": "password", "purpose": "PASSWORD", "label": "Passwort", "value": "canary"},
        {"id": "T1", "type": "OTP", "label": "one-time password", "value": SEED, "totp": "123456"},
    ]
    programs.answer(items={"Hotel": {"fields": fields}})
    reference = OnePasswordReference(item="Hotel", vault="Work", fields_from={"totp": "totp"})
    found = OnePassword().fetch(reference, ["username", "password", "totp"])
    assert found == {"username": "ann", "password": "canary", "totp": SEED}
    [made] = programs.calls()
    assert made["argv"][1:4] == ["item", "get", "Hotel"]
    assert made["argv"][-2:] == ["--vault", "Work"]


def test_a_login_of_bitwarden_comes_with_its_authenticator_key(programs: Programs) -> None:
    programs.answer(
        items={SECRET_ID: {"login": {"username": "a", "password": "canary", "totp": SEED}}}
    )
    reference = BitwardenReference(item_id=SECRET_ID, keys={"totp": "totp"})
    found = Bitwarden().fetch(reference, ["username", "password", "totp"])
    assert found == {"username": "a", "password": "canary", "totp": SEED}


@pytest.mark.parametrize(
    ("model", "written"),
    [
        (OnePasswordReference, {"item": "--help"}),
        (OnePasswordReference, {"item": "Hotel", "vault": "-v"}),
        (OnePasswordReference, {"references": {"value": "--help"}}),
        (OnePasswordReference, {"references": {"value": "op://a\nb/c"}}),
        (OnePasswordReference, {"references": {"value": "op://a/b/c"}, "item": "Hotel"}),
        (OnePasswordReference, {"references": {"value": "op://a/b/c"}, "vault": "Work"}),
        (OnePasswordReference, {}),
        (BitwardenReference, {"secret_id": "--help"}),
        (BitwardenReference, {"item_id": "Hotel"}),
        (BitwardenReference, {"item_id": SECRET_ID, "secret_id": SECRET_ID}),
        (BitwardenReference, {"item_id": SECRET_ID, "key": "a"}),
        (BitwardenReference, {}),
    ],
)
def test_no_reference_can_be_taken_for_an_option(model: Any, written: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        model.model_validate(written)
