"""What every source of secrets promises; a new one needs only a rig here."""

from __future__ import annotations

import json
import logging
import traceback
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from pydantic import ValidationError

from agent.errors import SourceFailed, SourceMalformed, SourceMissing, UsageError
from agent.vault.opened import Opened
from agent.vault.origin import OriginPolicy
from agent.vault.providers import LOCAL, PROVIDERS
from agent.vault.secret import SecretCard
from agent.vault.secret_types import SECRET_TYPES
from agent.vault.sourcing.contents import Source, contents
from agent.vault.sourcing.opening import values_of
from tests.standins.aws import REGION, Aws, running_aws
from tests.standins.programs import Programs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

LOGIN = {"username": "canary-user", "password": "canary-p4ss w\u00f6rd"}
SECRET_ID, OTHER_ID = (f"{n}d3fc2a1-1c2d-4e5f-8a9b-0123456789ab" for n in "ab")


class Rig(ABC):
    """A world in which one source keeps the login above; each method gives a reference to it."""

    name: ClassVar[str]

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, aws: Aws) -> None:
        self.folder, self.patch, self.aws = folder, patch, aws

    @abstractmethod
    def whole(self) -> dict[str, Any]: ...

    @abstractmethod
    def nothing(self) -> dict[str, Any]:
        """Nothing is there under the reference."""

    @abstractmethod
    def lacking(self) -> dict[str, Any]:
        """Something is there, without the password."""

    @abstractmethod
    def malformed(self) -> dict[str, Any]:
        """Something is there that holds the password and is not a login."""


class AwsRig(Rig):
    name = "aws_secrets_manager"

    def whole(self) -> dict[str, Any]:
        return self._put(json.dumps(LOGIN))

    def nothing(self) -> dict[str, Any]:
        return {**self._put(json.dumps(LOGIN)), "secret_name": "nowhere"}

    def lacking(self) -> dict[str, Any]:
        return self._put(json.dumps({"username": LOGIN["username"]}))

    def malformed(self) -> dict[str, Any]:
        return self._put(json.dumps(LOGIN)[:-1])

    def _put(self, text: str) -> dict[str, Any]:
        for name, value in self.aws.environment().items():
            self.patch.setenv(name, value)
        self.aws.put("hotel/login", text)
        return {"secret_name": "hotel/login", "region_name": REGION}


class EnvRig(Rig):
    name = "env"
    reference: ClassVar = {"variables": {"username": "HOTEL_USER", "password": "HOTEL_PASSWORD"}}

    def whole(self) -> dict[str, Any]:
        return self._set(LOGIN)

    def nothing(self) -> dict[str, Any]:
        return self._set({})

    def lacking(self) -> dict[str, Any]:
        return self._set({"username": LOGIN["username"]})

    def malformed(self) -> dict[str, Any]:
        return self._set({**LOGIN, "password": LOGIN["password"] + "\n"})

    def _set(self, values: Mapping[str, str]) -> dict[str, Any]:
        for field, variable in self.reference["variables"].items():
            self.patch.delenv(variable, raising=False)
            if field in values:
                self.patch.setenv(variable, values[field])
        return self.reference


class FileRig(Rig):
    name = "file"

    def whole(self) -> dict[str, Any]:
        return self._write({name: value.encode() for name, value in LOGIN.items()})

    def nothing(self) -> dict[str, Any]:
        return self._write({})

    def lacking(self) -> dict[str, Any]:
        return self._write({"username": LOGIN["username"].encode()})

    def malformed(self) -> dict[str, Any]:
        return self._write({name: value.encode("utf-16") for name, value in LOGIN.items()})

    def _write(self, values: Mapping[str, bytes]) -> dict[str, Any]:
        for name, value in values.items():
            path = self.folder / name
            path.touch(mode=0o600)
            path.write_bytes(value)
        return {"files": {name: str(self.folder / name) for name in LOGIN}}


class OnePasswordRig(Rig):
    name = "onepassword"

    def whole(self) -> dict[str, Any]:
        return self._item(LOGIN)

    def nothing(self) -> dict[str, Any]:
        self._item(LOGIN)
        return {"item": "nowhere"}

    def lacking(self) -> dict[str, Any]:
        return self._item({"username": LOGIN["username"]})

    def malformed(self) -> dict[str, Any]:
        self._programs().answer(prints=json.dumps(LOGIN)[:-1])
        return {"item": "Hotel"}

    def _item(self, values: Mapping[str, str]) -> dict[str, Any]:
        fields = [
            {"id": name, "type": "STRING", "purpose": name.upper(), "label": name, "value": value}
            for name, value in values.items()
        ]
        self._programs().answer(items={"Hotel": {"id": "x", "title": "Hotel", "fields": fields}})
        return {"item": "Hotel", "vault": "Work"}

    def _programs(self) -> Programs:
        self.patch.setenv("PATH", str(self.folder / "bin"))
        return Programs.install(self.folder / "bin", "op")


class OnePasswordReferencesRig(OnePasswordRig):
    def whole(self) -> dict[str, Any]:
        return self._fields(LOGIN)

    def nothing(self) -> dict[str, Any]:
        return self._fields({})

    def lacking(self) -> dict[str, Any]:
        return self._fields({"username": LOGIN["username"]})

    def malformed(self) -> dict[str, Any]:
        return self._fields({name: value + "\nmore" for name, value in LOGIN.items()})

    def _fields(self, values: Mapping[str, str]) -> dict[str, Any]:
        addresses = {name: f"op://Work/Hotel/{name}" for name in LOGIN}
        held = {addresses[name]: value for name, value in values.items()}
        self._programs().answer(fields=held)
        return {"references": addresses}


class BitwardenSecretRig(Rig):
    name = "bitwarden"

    def whole(self) -> dict[str, Any]:
        return self._put(json.dumps(LOGIN))

    def nothing(self) -> dict[str, Any]:
        self._put(json.dumps(LOGIN))
        return {"secret_id": OTHER_ID}

    def lacking(self) -> dict[str, Any]:
        return self._put(json.dumps({"username": LOGIN["username"]}))

    def malformed(self) -> dict[str, Any]:
        return self._put(json.dumps(LOGIN)[:-1])

    def _put(self, text: str) -> dict[str, Any]:
        self.patch.setenv("PATH", str(self.folder / "bin"))
        held = {"object": "secret", "id": SECRET_ID, "key": "HOTEL", "value": text, "note": ""}
        programs = Programs.install(self.folder / "bin", "bws", "bw")
        programs.answer(items={SECRET_ID: held})
        return {"secret_id": SECRET_ID}


class BitwardenItemRig(BitwardenSecretRig):
    def whole(self) -> dict[str, Any]:
        return self._login(LOGIN)

    def nothing(self) -> dict[str, Any]:
        self._login(LOGIN)
        return {"item_id": OTHER_ID}

    def lacking(self) -> dict[str, Any]:
        return self._login({"username": LOGIN["username"], "password": None})

    def malformed(self) -> dict[str, Any]:
        self._login(LOGIN)
        Programs(self.folder / "bin").answer(prints=json.dumps(list(LOGIN.values())))
        return {"item_id": SECRET_ID}

    def _login(self, values: Mapping[str, Any]) -> dict[str, Any]:
        self._put("")
        held = {"object": "item", "id": SECRET_ID, "name": "Hotel", "login": values, "fields": None}
        Programs(self.folder / "bin").answer(items={SECRET_ID: held})
        return {"item_id": SECRET_ID}


RIGS: tuple[type[Rig], ...] = (
    AwsRig, EnvRig, FileRig, OnePasswordRig, OnePasswordReferencesRig, BitwardenSecretRig,
    BitwardenItemRig,
)  # fmt: skip


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    with running_aws() as running:
        yield running


@pytest.fixture(params=RIGS, ids=lambda rig: rig.__name__)
def rig(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, aws: Aws
) -> Rig:
    return request.param(tmp_path, monkeypatch, aws)


def opened(provider: str, reference: Mapping[str, Any]) -> Opened:
    made = contents("login", {}, Source(provider, reference))
    origins = OriginPolicy.parse(["https://hotel.example"])
    card = SecretCard(
        "id", "Hotel", "login", made.fields, origins, 1, "test", "restricted", "2026-11-22"
    )
    return made.opened(card)


def test_every_source_has_a_rig() -> None:
    assert {rig.name for rig in RIGS} | {LOCAL} == set(PROVIDERS)


def test_it_gives_what_it_keeps(rig: Rig) -> None:
    assert values_of(opened(rig.name, rig.whole()), {}) == LOGIN


def test_what_is_not_there_is_missing(rig: Rig) -> None:
    with pytest.raises(SourceMissing) as refused:
        values_of(opened(rig.name, rig.nothing()), {})
    assert refused.value.hint


def test_a_field_that_is_not_there_is_named(rig: Rig) -> None:
    reference = rig.lacking()
    with pytest.raises(SourceMissing, match=r"(?i)password") as refused:
        values_of(opened(rig.name, reference), {})
    assert refused.value.hint


def test_what_is_no_login_is_malformed(rig: Rig) -> None:
    with pytest.raises(SourceMalformed) as refused:
        values_of(opened(rig.name, rig.malformed()), {})
    assert refused.value.hint


def test_no_error_log_or_repr_holds_a_value(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    said: list[str] = []
    for world in (rig.whole, rig.nothing, rig.lacking, rig.malformed):
        one = opened(rig.name, world())
        asked: dict[str, Any] = {}
        try:
            values_of(one, asked)
        except SourceFailed as error:
            said += [str(error), repr(error), error.hint, *traceback.format_exception(error)]
        said += [repr(one), repr(asked)]
    said.append(caplog.text)
    assert len(said) > 4
    assert not [text for text in said if "canary" in text]


def test_a_reference_with_a_key_too_many_is_refused_without_quoting_it(rig: Rig) -> None:
    with pytest.raises(UsageError) as refused:
        contents("login", {}, Source(rig.name, {**rig.whole(), "passwort": "canary"}))
    assert "passwort" in refused.value.message
    assert "canary" not in refused.value.message + refused.value.hint
    with pytest.raises(ValidationError):
        PROVIDERS[rig.name].reference.model_validate({**rig.whole(), "passwort": "canary"})


def test_a_reference_is_kept_as_it_was_written(rig: Rig) -> None:
    written = rig.whole()
    assert contents("login", {}, Source(rig.name, written)).source.reference == written


def test_values_beside_a_reference_are_refused(rig: Rig) -> None:
    with pytest.raises(UsageError, match="not both"):
        contents("login", LOGIN, Source(rig.name, rig.whole()))


def test_the_vault_itself_gives_what_is_sealed_and_takes_no_reference() -> None:
    made = contents("login", LOGIN, Source())
    card = opened("env", EnvRig.reference).card
    assert values_of(made.opened(card), {}) == LOGIN
    with pytest.raises(SourceMissing, match="password"):
        values_of(Opened(card, LOCAL, {"username": "canary"}), {})
    with pytest.raises(UsageError, match="not a reference"):
        contents("login", {}, Source(LOCAL, {"values": LOGIN}))
    with pytest.raises(UsageError):
        contents("login", {**LOGIN, "password": "canary\n"}, Source())


def test_no_source_of_this_machine_can_be_named_by_a_task() -> None:
    assert [name for name in PROVIDERS if PROVIDERS[name].in_tasks] == ["aws_secrets_manager"]


@pytest.mark.parametrize("kind", ["value", "totp", "login"])
def test_a_reference_says_which_fields_it_gives(kind: str) -> None:
    source = Source("env", {"variables": dict.fromkeys(SECRET_TYPES[kind].required, "X")})
    assert set(contents(kind, {}, source).fields) == set(SECRET_TYPES[kind].required)
    with pytest.raises(UsageError):
        contents(kind, {}, Source("env", {"variables": {"nothing": "X"}}))
