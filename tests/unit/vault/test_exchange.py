"""Exports open with the stock ``age`` tool, and only what is an export is imported."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pyrage
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine

from agent.errors import RunnerError, UsageError
from agent.vault.exchange import Exchange, Seal, opened_file, read_document
from agent.vault.keyslots.file import FileKey
from agent.vault.store import Vault
from agent.vault.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Engine

    from agent.vault.new_secret import NewSecret

WORDS = "orbit velvet hammer lagoon"
AGE = shutil.which("age")


@pytest.fixture
def identity() -> Any:
    return pyrage.x25519.Identity.generate()


@pytest.fixture
def exchange(engine: Engine, vault: Vault, a_login: Callable[..., NewSecret]) -> Exchange:
    vault.add(a_login())
    vault.add(a_login("Other", password="another value"))
    return Exchange(vault, engine)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Exchange]:
    """Another vault, in another database and with another key."""
    engine = create_engine(f"sqlite:///{tmp_path / 'other.db'}")
    metadata.create_all(engine)
    yield Exchange(Vault(engine, FileKey(tmp_path / "other-keys")), engine)
    engine.dispose()


def for_(identity: Any) -> Seal:
    return Seal(keys=(str(identity.to_public()),))


def by(identity: Any) -> Seal:
    return Seal(keys=(str(identity),))


def values_of(exchange: Exchange) -> dict[str, Any]:
    identity = pyrage.x25519.Identity.generate()
    document = json.loads(pyrage.decrypt(exchange.export(for_(identity)), [identity]))
    return {one["id"]: (one["name"], one["origins"], one["values"]) for one in document["secrets"]}


def test_what_was_exported_is_the_same_elsewhere_under_the_same_ids(
    exchange: Exchange, elsewhere: Exchange, identity: Any
) -> None:
    assert sorted(elsewhere.take(exchange.export(for_(identity)), by(identity))) == [
        "Hotel admin",
        "Other",
    ]
    assert values_of(elsewhere) == values_of(exchange)
    assert len(values_of(elsewhere)) == 2


def test_a_passphrase_seals_an_export_too(exchange: Exchange, elsewhere: Exchange) -> None:
    sealed = exchange.export(Seal(passphrase=WORDS))
    with pytest.raises(UsageError, match="does not open"):
        elsewhere.take(sealed, Seal(passphrase=WORDS + "?"))
    assert len(elsewhere.take(sealed, Seal(passphrase=WORDS))) == 2


@pytest.mark.skipif(AGE is None, reason="the age program is not installed (Debian: age)")
def test_the_stock_age_program_opens_an_export(
    exchange: Exchange, identity: Any, tmp_path: Path
) -> None:
    (tmp_path / "identity").write_text(f"{identity}\n")
    (tmp_path / "export.age").write_bytes(exchange.export(for_(identity)))
    said = subprocess.run(
        [str(AGE), "-d", "-i", tmp_path / "identity", tmp_path / "export.age"],
        capture_output=True,
        check=True,
    )
    found = {one["name"] for one in json.loads(said.stdout)["secrets"]}
    assert found == {"Hotel admin", "Other"}


@pytest.mark.skipif(AGE is None, reason="the age program is not installed (Debian: age)")
def test_what_the_stock_age_program_sealed_is_imported(
    exchange: Exchange, elsewhere: Exchange, identity: Any
) -> None:
    plain = pyrage.decrypt(exchange.export(for_(identity)), [identity])
    said = subprocess.run(
        [str(AGE), "-r", str(identity.to_public())], input=plain, capture_output=True, check=True
    )
    assert len(elsewhere.take(said.stdout, by(identity))) == 2


def test_an_export_holds_nothing_readable_and_every_secret_is_audited_before(
    exchange: Exchange, vault: Vault, identity: Any
) -> None:
    sealed = exchange.export(for_(identity))
    assert not any(word in sealed for word in (b"correct horse", b"Hotel admin", b"hotel.example"))
    acts = [(row["action"], row["object"]) for row in vault.trail().rows()]
    assert {ident for act, ident in acts if act == "exported"} == {c.id for c in vault.cards()}


def test_without_an_audit_row_nothing_is_exported(
    exchange: Exchange, identity: Any, attack: Callable[..., None]
) -> None:
    attack("CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'full'); END")
    with pytest.raises(RunnerError):
        exchange.export(for_(identity))


def test_an_import_is_all_or_nothing(
    exchange: Exchange,
    elsewhere: Exchange,
    identity: Any,
    a_login: Callable[..., NewSecret],
) -> None:
    elsewhere.vault.add(a_login("Other"))
    with pytest.raises(UsageError, match="already"):
        elsewhere.take(exchange.export(for_(identity)), by(identity))
    assert [card.name for card in elsewhere.vault.cards()] == ["Other"]
    with pytest.raises(UsageError, match="already"):
        exchange.take(exchange.export(for_(identity)), by(identity))


@pytest.mark.parametrize("key", ["", "age1nothing", "AGE-SECRET-KEY-1", "ssh-rsa AAAA", WORDS])
def test_a_key_that_is_none_is_refused(exchange: Exchange, key: str) -> None:
    with pytest.raises(UsageError):
        exchange.export(Seal(keys=(key,)))
    with pytest.raises(UsageError):
        opened_file(b"age-encryption.org/v1\n", Seal(keys=(key,)))


def test_an_export_for_nobody_is_refused(exchange: Exchange) -> None:
    with pytest.raises(UsageError, match="nobody"):
        exchange.export(Seal())


DOCUMENT = {
    "format": "slotrunner-export-1",
    "vault_id": "v",
    "exported_at": "2026",
    "secrets": [
        {
            "id": "0e4ce2ad-93c1-4a6d-8f4d-93e2a7d0c0aa",
            "name": "Hotel",
            "type": "value",
            "mode": "test",
            "visibility": "restricted",
            "origins": ["https://hotel.example"],
            "provider": "local",
            "reference": {},
            "values": {"value": "canary 5e1f"},
        }
    ],
}


def take(exchange: Exchange, plain: bytes) -> list[str]:
    identity = pyrage.x25519.Identity.generate()
    return exchange.take(pyrage.encrypt(plain, [identity.to_public()]), by(identity))


def test_the_document_below_is_one_that_is_taken(elsewhere: Exchange) -> None:
    assert take(elsewhere, json.dumps(DOCUMENT).encode()) == ["Hotel"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "no id"),
        ("name", ""),
        ("name", "x\ny"),
        ("type", "nothing"),
        ("mode", "prod"),
        ("visibility", "public"),
        ("origins", []),
        ("origins", ["http://hotel.example"]),
        ("origins", "https://hotel.example"),
        ("provider", "nowhere"),
        ("reference", {"path": "/etc/shadow"}),
        ("values", {}),
        ("values", {"value": ""}),
        ("values", {"value": 7}),
        ("extra", 1),
    ],
)
def test_a_secret_of_an_export_is_checked_like_one_that_is_added(
    elsewhere: Exchange, field: str, value: object
) -> None:
    [secret] = DOCUMENT["secrets"]  # type: ignore[misc]
    changed = {**DOCUMENT, "secrets": [{**secret, field: value}]}  # type: ignore[dict-item]
    with pytest.raises(UsageError) as refused:
        take(elsewhere, json.dumps(changed).encode())
    assert "canary" not in f"{refused.value.message}{refused.value.hint}{refused.value.__cause__}"
    assert elsewhere.vault.cards() == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_what_is_no_export_only_makes_our_own_error(plain: bytes) -> None:
    with pytest.raises(UsageError):
        read_document(plain)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([b"", b"age-encryption.org/v1\n-> X25519 "]), st.binary(max_size=400))
def test_what_is_no_age_file_only_makes_our_own_error(head: bytes, noise: bytes) -> None:
    with pytest.raises(UsageError):
        opened_file(head + noise, by(pyrage.x25519.Identity.generate()))
