"""Values given for one run alone, between the vault and the run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.errors import OriginRefused, SecretError, SecretFrozen, SecretMissing, UsageError
from agent.vault.admission import Admission
from agent.vault.given import GIVEN, GivingVault, given_secret
from agent.vault.lockout import Lockouts, Use
from agent.vault.origin import Origin, OriginPolicy
from agent.vault.reveal import Receiver, reveal_to

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from agent.vault.store import Vault

SITE = "https://hotel.example"
FIELDS = {"username": "ann", "password": "CANARY-given"}
HERE = Receiver((Origin.parse(SITE),), "1, sign in")


@pytest.fixture
def lent(vault: Vault, engine: Engine) -> GivingVault:
    vault.create()
    one = given_secret("login", FIELDS, OriginPolicy.parse([SITE]), "test")
    return GivingVault.of(vault, engine, {"HOTEL": one})


def test_a_run_gets_them_audited_and_at_their_origins_only(lent: GivingVault) -> None:
    [ref] = [one.card.ref for one in lent.given.values()]
    with lent.open_for_run({"HOTEL": ref}, "run-1") as secrets:
        secret = secrets["HOTEL"]
        assert secret.card.source == GIVEN
        assert reveal_to(secret, "password", HERE) == "CANARY-given"
        with pytest.raises(OriginRefused):
            reveal_to(secret, "password", Receiver((Origin.parse("https://evil.example"),), "2"))
        assert b"CANARY" not in secrets.redactor.redact_text("is CANARY-given here").encode()
    rows = [(row["action"], row["object"], row["outcome"]) for row in lent.trail().rows()]
    assert rows[-3:] == [
        ("opened", ref.id, "allowed"),
        ("revealed", ref.id, "allowed"),
        ("revealed", ref.id, "refused"),
    ]
    assert lent.trail().verify().bad_row is None
    with pytest.raises(SecretError):
        reveal_to(secret, "password", HERE)


def test_another_process_and_another_time_find_nothing(lent: GivingVault, vault: Vault) -> None:
    [ref] = [one.card.ref for one in lent.given.values()]
    with pytest.raises(SecretMissing):
        vault.open_for_run({"HOTEL": ref}, "run-1")
    lent.forget()
    with pytest.raises(SecretMissing):
        lent.open_for_run({"HOTEL": ref}, "run-1")


def test_a_run_of_the_other_mode_does_not_get_them(lent: GivingVault) -> None:
    [ref] = [one.card.ref for one in lent.given.values()]
    with pytest.raises(SecretError):
        lent.open_for_run({"HOTEL": ref}, "run-1", Admission("live"))
    assert list(lent.trail().rows())[-1]["outcome"] == "refused"


def test_a_rejected_one_is_not_typed_again_by_its_run(lent: GivingVault) -> None:
    [ref] = [one.card.ref for one in lent.given.values()]
    with lent.open_for_run({"HOTEL": ref}, "run-1") as secrets:
        secret = secrets["HOTEL"]
        reveal_to(secret, "password", HERE)
        trail = replace(lent.trail(), run_id="run-1")
        assert Lockouts(trail).reject(secret.card, Use("HOTEL", "sign in")).origin == SITE
        with pytest.raises(SecretFrozen):
            reveal_to(secret, "password", HERE)


def test_values_of_the_wrong_form_are_refused_and_not_quoted() -> None:
    with pytest.raises(UsageError) as refused:
        given_secret("login", {"username": "CANARY-u"}, OriginPolicy.parse([SITE]), "test")
    assert "CANARY" not in str(refused.value)
