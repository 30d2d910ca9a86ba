from __future__ import annotations

import base64
import threading
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from agent.errors import SecretError, SecretMissing, UsageError, VaultDamaged
from agent.vault.new_secret import NewSecret
from agent.vault.origin import OriginPolicy
from agent.vault.tables import secret, secret_version
from agent.vault.transactions import fetch, reading

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Engine

    from agent.vault.store import Vault

HOTEL = OriginPolicy.parse(["https://hotel.example"])


def test_an_added_secret_is_described_without_its_values(
    vault: Vault, a_login: Callable[..., NewSecret], reopened: Callable[[], Vault]
) -> None:
    card = vault.add(a_login())
    assert (card.name, card.type, card.version) == ("Hotel admin", "login", 1)
    assert (card.mode, card.visibility) == ("test", "restricted")
    assert card.fields == ("password", "totp", "username")
    assert card.origins == HOTEL
    assert "correct horse" not in repr(card)
    later = reopened()
    assert later.cards() == [card]
    assert later.card(card.id) == later.card("hotel ADMIN") == card


def test_a_new_secret_does_not_print_its_values(a_login: Callable[..., NewSecret]) -> None:
    assert "correct horse" not in repr(a_login())


def test_nothing_readable_is_stored(
    database: Path, keys: Path, vault: Vault, a_login: Callable[..., NewSecret]
) -> None:
    vault.add(a_login())
    words = [
        b"Hotel admin",
        b"hotel.example",
        b"bob@",
        b"correct horse",
        b"GEZDGNBV",
        b'"password"',
    ]
    files = [*database.parent.iterdir(), *keys.iterdir()]
    stored = b"".join(path.read_bytes() for path in files)
    assert b"restricted" in stored
    for word in words:
        forms = (word, word.hex().encode(), base64.b64encode(word).rstrip(b"=")[:-1])
        assert not any(form in stored for form in forms), word


def test_a_vault_that_was_never_made_has_no_secrets(vault: Vault, keys: Path) -> None:
    assert vault.cards() == []
    assert not keys.exists()


@pytest.mark.parametrize(
    ("name", "kind", "fields"),
    [
        ("", "value", {"value": "v"}),
        (" Hotel", "value", {"value": "v"}),
        ("Ho\ntel", "value", {"value": "v"}),
        ("x" * 121, "value", {"value": "v"}),
        ("0e4ce2ad-93c1-4a6d-8f4d-93e2a7d0c0aa", "value", {"value": "v"}),
        ("Hotel", "logn", {"value": "v"}),
        ("Hotel", "value", {}),
        ("Hotel", "value", {"value": ""}),
    ],
)
def test_what_cannot_be_a_secret_is_refused_before_anything_is_made(
    vault: Vault, keys: Path, name: str, kind: str, fields: dict[str, str]
) -> None:
    with pytest.raises(UsageError):
        vault.add(NewSecret(name, kind, fields, HOTEL))
    assert not vault.is_created
    assert not keys.exists()


def test_a_name_can_be_used_once_and_again_after_deletion(
    vault: Vault, a_login: Callable[..., NewSecret]
) -> None:
    first = vault.add(a_login())
    with pytest.raises(UsageError, match="already"):
        vault.add(a_login("HOTEL ADMIN"))
    vault.delete("Hotel admin")
    second = vault.add(a_login())
    assert first.id != second.id
    assert vault.card("Hotel admin") == second


def test_the_same_name_added_at_once_is_stored_once(
    vault: Vault, a_login: Callable[..., NewSecret]
) -> None:
    vault.create()
    refused = []

    def add() -> None:
        try:
            vault.add(a_login())
        except UsageError:
            refused.append(1)

    threads = [threading.Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(vault.cards()), len(refused)) == (1, 7)


def test_a_misspelt_name_is_answered_with_the_nearest(
    vault: Vault, a_login: Callable[..., NewSecret]
) -> None:
    vault.add(a_login())
    with pytest.raises(SecretMissing, match="did you mean Hotel admin"):
        vault.card("Hotel admn")
    with pytest.raises(SecretMissing):
        vault.card("0e4ce2ad-93c1-4a6d-8f4d-93e2a7d0c0aa")


def test_rotation_keeps_the_id_and_the_version_before_until_it_is_purged(
    vault: Vault, engine: Engine, a_login: Callable[..., NewSecret]
) -> None:
    card = vault.add(a_login())
    rotated = vault.rotate("Hotel admin", {"username": "bob", "password": "battery staple"})
    assert (rotated.id, rotated.version) == (card.id, 2)
    assert rotated.fields == ("password", "username")
    assert rotated.created_at == card.created_at
    with reading(engine) as connection:
        assert [row["version"] for row in fetch(connection, select(secret_version))] == [1, 2]
    assert vault.purge("Hotel admin", keep=1) == 0
    assert vault.purge("Hotel admin") == 1
    with reading(engine) as connection:
        assert [row["version"] for row in fetch(connection, select(secret_version))] == [2]
    assert vault.card("Hotel admin") == rotated


def test_rotation_may_widen_the_origins_since_it_brings_the_value(
    vault: Vault, a_login: Callable[..., NewSecret]
) -> None:
    vault.add(a_login())
    wider = OriginPolicy.parse(["https://hotel.example", "https://admin.hotel.example"])
    fields = {"username": "bob", "password": "battery staple"}
    assert vault.rotate("Hotel admin", fields, origins=wider).origins == wider


def test_a_bad_rotation_changes_nothing(vault: Vault, a_login: Callable[..., NewSecret]) -> None:
    card = vault.add(a_login())
    with pytest.raises(UsageError):
        vault.rotate(card.id, {"username": "bob"})
    assert vault.card(card.id) == card


def test_origins_are_narrowed_without_a_value_and_never_widened(
    vault: Vault, a_login: Callable[..., NewSecret]
) -> None:
    both = ("https://hotel.example", "https://admin.hotel.example")
    card = vault.add(a_login(origins=both))
    narrowed = vault.narrow(card.id, HOTEL)
    assert (narrowed.origins, narrowed.version) == (HOTEL, 2)
    with pytest.raises(UsageError, match="more origins"):
        vault.narrow(card.id, OriginPolicy.parse(both))
    with vault.open_for_run({"L": card.ref}, "run-1") as secrets:
        assert secrets["L"].card.origins == HOTEL
        assert secrets.needles.labels_in(b"correct horse") == {"L.password"}


def test_a_deleted_secret_leaves_its_date_and_nothing_else(
    vault: Vault, engine: Engine, a_login: Callable[..., NewSecret]
) -> None:
    card = vault.add(a_login())
    assert vault.delete("Hotel admin") == card
    assert vault.cards() == []
    for ref in (card.id, "Hotel admin"):
        with pytest.raises(SecretMissing, match="was deleted on 20"):
            vault.card(ref)
    with reading(engine) as connection:
        assert fetch(connection, select(secret_version)) == []
        assert len(fetch(connection, select(secret))) == 1


def test_a_forged_tombstone_is_not_taken_for_a_deletion(
    vault: Vault, a_login: Callable[..., NewSecret], attack: Callable[..., None]
) -> None:
    card = vault.add(a_login())
    attack("UPDATE secret SET deleted_at = '2020-01-01'")
    with pytest.raises(VaultDamaged):
        vault.card(card.id)


def test_a_damaged_secret_can_be_deleted_by_its_id(
    vault: Vault, a_login: Callable[..., NewSecret], attack: Callable[..., None]
) -> None:
    vault.add(a_login("Other"))
    card = vault.add(a_login())
    attack(
        ("UPDATE secret_version SET ct = x'', meta = x'' WHERE secret_id = :id", {"id": card.id})
    )
    with pytest.raises(VaultDamaged, match=card.id):
        vault.cards()
    assert vault.delete(card.id).name == "(damaged)"
    assert [one.name for one in vault.cards()] == ["Other"]


def test_putting_back_an_older_version_is_seen(
    vault: Vault, engine: Engine, a_login: Callable[..., NewSecret], attack: Callable[..., None]
) -> None:
    card = vault.add(a_login())
    with reading(engine) as connection:
        [old] = fetch(connection, select(secret_version))
    vault.rotate(card.id, {"username": "bob", "password": "battery staple"})
    columns = ", ".join(old)
    values = ", ".join(f":{name}" for name in old)
    attack(
        "DELETE FROM secret_version",
        (f"INSERT INTO secret_version ({columns}) VALUES ({values})", dict(old)),  # noqa: S608 -- the table's own names
        "UPDATE secret SET current_version = 1",
    )
    with pytest.raises(VaultDamaged):
        vault.card(card.id)


@pytest.mark.parametrize(
    "change", ["mode = 'live'", "kind = 'value'", "visibility = 'masked'", "id = 'x'"]
)
def test_mode_kind_and_visibility_cannot_be_changed_by_mistake(
    vault: Vault, engine: Engine, a_login: Callable[..., NewSecret], change: str
) -> None:
    vault.add(a_login())
    with pytest.raises(Exception, match="never change"), engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE secret SET {change}")  # noqa: S608 -- words of this test


def test_every_change_is_audited_in_the_same_transaction(
    vault: Vault, a_login: Callable[..., NewSecret], attack: Callable[..., None]
) -> None:
    card = vault.add(a_login())
    vault.rotate(card.id, {"username": "bob", "password": "battery staple"})
    vault.narrow(card.id, HOTEL)
    vault.delete(card.id)
    acts = [row["action"] for row in vault.trail().rows()]
    assert acts == ["created", "added", "rotated", "narrowed", "deleted"]
    other = vault.add(a_login("Other"))
    attack("CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'full'); END")
    for change in (
        lambda: vault.add(a_login("Third")),
        lambda: vault.rotate(other.id, {"username": "bob", "password": "battery staple"}),
        lambda: vault.narrow(other.id, HOTEL),
        lambda: vault.delete(other.id),
    ):
        with pytest.raises(SecretError, match="full"):
            change()
    assert vault.cards() == [other]


def test_no_error_of_a_bad_field_quotes_it(vault: Vault) -> None:
    canary = "canary-5e1f\n"
    for fields in (
        {"username": canary, "password": "p"},
        {"username": "u", "password": canary},
        {"username": "u", "password": "p", "totp": canary},
        {"username": "u", "password": "p" + canary * 2000},
    ):
        with pytest.raises(UsageError) as refused:
            vault.add(NewSecret("Hotel", "login", fields, HOTEL))
        assert "canary" not in refused.value.message + refused.value.hint
