"""Secrets that are kept elsewhere: their origins, and the fields of a document by path."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from agent.errors import NotAllowed, SourceMissing, UsageError
from agent.runner.house import Proof
from agent.vault.admission import Admission
from agent.vault.lockout import Lockouts
from agent.vault.new_secret import NewSecret
from agent.vault.origin import Origin, OriginPolicy
from agent.vault.policy import Role
from agent.vault.reveal import Receiver, reveal_to
from agent.vault.sourcing.contents import Source

if TYPE_CHECKING:
    from agent.runner import Runner
    from agent.vault.secret import SecretCard
    from tests.unit.runner.conftest import Office

HOTEL = "https://hotel.example"
WIDER = OriginPolicy.parse([HOTEL, "https://other.example"])
SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
VALUES = {"username": "ann", "password": "kept elsewhere", "totp": SEED}
DOCUMENT = {"db": {"hosts": ["first.example", "second.example"], "password": "deep down"}}


def elsewhere(runner: Runner, kind: str, *fields: str) -> SecretCard:
    source = Source("env", {"variables": {name: f"ELSEWHERE_{name.upper()}" for name in fields}})
    policy = OriginPolicy.parse([HOTEL])
    return runner.keep(NewSecret("Elsewhere", kind, {}, policy, source=source))


@pytest.fixture
def card(office: Office, monkeypatch: pytest.MonkeyPatch) -> SecretCard:
    for name, value in VALUES.items():
        monkeypatch.setenv(f"ELSEWHERE_{name.upper()}", value)
    return elsewhere(office.runner(), "login", *VALUES)


@pytest.fixture
def document(office: Office, monkeypatch: pytest.MonkeyPatch) -> SecretCard:
    monkeypatch.setenv("ELSEWHERE_DOCUMENT", json.dumps(DOCUMENT))
    return elsewhere(office.runner(), "json", "document")


def test_with_the_values_that_are_kept_there_it_may_go_further(
    office: Office, card: SecretCard
) -> None:
    typed = {**VALUES, "totp": f"otpauth://totp/Hotel:ann?secret={SEED.lower()}&issuer=Hotel"}
    moved = office.runner().keeping.change_origins(card.id, WIDER, Proof(fields=typed))
    assert moved.origins == WIDER
    assert (moved.source, moved.reference) == (card.source, card.reference)
    row = office.runner().vault.trail().rows()[-1]
    assert (row["action"], row["outcome"]) == ("widened", "allowed")


@pytest.mark.parametrize(
    "typed",
    [
        {**VALUES, "password": "a guess"},
        {"username": "ann", "password": "kept elsewhere"},
        {**VALUES, "totp": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"},
    ],
)
def test_with_other_values_it_stays_where_it_is_and_the_try_is_audited(
    office: Office, card: SecretCard, typed: dict[str, str]
) -> None:
    with pytest.raises(NotAllowed, match="not the values that env keeps") as refused:
        office.runner().keeping.change_origins(card.id, WIDER, Proof(fields=typed))
    assert "kept elsewhere" not in refused.value.message + refused.value.hint
    assert office.runner().secret(card.id).origins == card.origins
    row = office.runner().vault.trail().rows()[-1]
    assert (row["action"], row["outcome"]) == ("widened", "refused")


def test_without_values_and_for_an_editor_it_does_not_go_further(
    office: Office, card: SecretCard
) -> None:
    with pytest.raises(NotAllowed):
        office.runner().keeping.change_origins(card.id, WIDER)
    with pytest.raises(NotAllowed):
        office.runner(Role.EDITOR).keeping.change_origins(card.id, WIDER, Proof(fields=VALUES))
    with pytest.raises(UsageError):
        office.runner().vault.widen(card.id, WIDER)


def test_other_origins_are_no_new_values(office: Office, card: SecretCard) -> None:
    lockouts = Lockouts(office.runner().vault.trail())
    lockouts.compromised(card)
    moved = office.runner().keeping.change_origins(card.id, WIDER, Proof(fields=VALUES))
    assert len(lockouts.standing(moved)) == 1


def test_a_document_may_be_typed_in_another_order(office: Office, document: SecretCard) -> None:
    typed = json.dumps({"db": dict(reversed(DOCUMENT["db"].items()))}, indent=1)
    moved = office.runner().keeping.change_origins(
        document.id, WIDER, Proof(fields={"document": typed})
    )
    assert moved.origins == WIDER


def test_a_slot_gets_a_field_of_a_document_by_its_path(
    office: Office, document: SecretCard
) -> None:
    vault = office.runner().vault
    needs = Admission(needs={"DB": ("db.password", "db.hosts.1")})
    with vault.open_for_run({"DB": document.ref}, "run-1", needs) as secrets:
        at = Receiver((Origin.parse(HOTEL),), "fill")
        assert reveal_to(secrets["DB"], "db.password", at) == "deep down"
        assert reveal_to(secrets["DB"], "db.hosts.1", at) == "second.example"


def test_a_path_that_is_not_there_is_told_before_the_run_begins(
    office: Office, document: SecretCard
) -> None:
    needs = Admission(needs={"DB": ("db.password", "db.hosts.7")})
    vault = office.runner().vault
    with pytest.raises(SourceMissing, match=r"slot DB: .*has no db\.hosts\.7"):
        vault.open_for_run({"DB": document.ref}, "run-1", needs)
    assert vault.trail().rows()[-1]["outcome"] == "refused"
