"""What a thief with write access to the database can do to one stored secret: nothing unseen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from agent.errors import VaultDamaged
from agent.vault.keyslots.file import FileKey
from agent.vault.new_secret import NewSecret
from agent.vault.origin import OriginPolicy
from agent.vault.records import Records, current
from agent.vault.secret_types import SECRET_TYPES
from agent.vault.tables import secret, secret_version
from agent.vault.unlock import unlock
from tests.secret_examples import good

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Engine

    from agent.vault.store import Vault

BLOBS = ("dek", "meta", "ct", "policy_hash", "head_mac", "name_bidx")


@pytest.fixture
def records(engine: Engine, keys: Path, vault: Vault) -> Records:
    vault.create()
    unlocked = unlock(engine, FileKey(keys))
    return Records(unlocked.vault_id, unlocked.ring)


def rows(engine: Engine) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(current()).mappings()]


@pytest.fixture
def row(engine: Engine, vault: Vault, a_login: Callable[..., NewSecret]) -> dict[str, Any]:
    vault.add(a_login())
    return rows(engine)[0]


def test_an_untouched_row_opens(records: Records, row: dict[str, Any]) -> None:
    assert records.open(row).values["password"] == "correct horse"


@pytest.mark.parametrize("column", BLOBS)
@pytest.mark.parametrize("kind", sorted(SECRET_TYPES))
def test_every_changed_bit_and_every_truncation_of_a_blob_is_refused(
    records: Records, engine: Engine, vault: Vault, kind: str, column: str
) -> None:
    origin = f"{max(SECRET_TYPES[kind].schemes)}://hotel.example"
    vault.add(NewSecret("One of each", kind, good(kind), OriginPolicy.parse([origin])))
    row = rows(engine)[0]
    assert records.open(row).values == SECRET_TYPES[kind].validate(good(kind))
    blob = row[column]
    for position in range(len(blob)):
        for bit in (0x01, 0x80):
            changed = bytearray(blob)
            changed[position] ^= bit
            with pytest.raises(VaultDamaged):
                records.open({**row, column: bytes(changed)})
        with pytest.raises(VaultDamaged):
            records.open({**row, column: blob[:position]})


@pytest.mark.parametrize("column", BLOBS)
@pytest.mark.parametrize("foreign", ['{"password": "plain"}', None, 7, b"", b"{}", b"\x02" * 317])
def test_what_was_never_sealed_is_refused(
    records: Records, row: dict[str, Any], column: str, foreign: object
) -> None:
    with pytest.raises(VaultDamaged):
        records.open({**row, column: foreign})


EDITS = {
    "id": "0e4ce2ad-93c1-4a6d-8f4d-93e2a7d0c0aa",
    "project_id": "other",
    "mode": "live",
    "kind": "value",
    "visibility": "masked",
    "current_version": 2,
    "created_by": "mallory",
    "created_at": "2020-01-01",
    "deleted_at": "2020-01-01",
    "version": 2,
    "term": 2,
    "wrap_alg": "none",
    "version_by": "mallory",
    "version_at": "2020-01-01",
}


def test_the_edits_below_cover_every_plain_column(row: dict[str, Any]) -> None:
    assert {*EDITS, *BLOBS} == set(row)
    columns = {*secret.columns.keys(), *secret_version.columns.keys()} - {"secret_id"}
    assert columns <= set(row)


@pytest.mark.parametrize("column", EDITS)
def test_every_edited_plain_column_is_refused(
    records: Records, row: dict[str, Any], column: str
) -> None:
    with pytest.raises(VaultDamaged):
        records.open({**row, column: EDITS[column]})
    with pytest.raises(VaultDamaged):
        records.describe({**row, column: EDITS[column]})


@pytest.mark.parametrize("column", ["project_id", "mode", "kind", "visibility", "id"])
def test_the_seal_alone_refuses_an_edit_whose_head_was_signed_again(
    records: Records, row: dict[str, Any], column: str
) -> None:
    edited = {**row, column: EDITS[column]}
    edited["head_mac"] = records.head_mac(edited)
    with pytest.raises(VaultDamaged):
        records.open(edited)


def test_a_card_is_not_shown_with_origins_the_values_are_not_bound_to(
    records: Records, row: dict[str, Any]
) -> None:
    with pytest.raises(VaultDamaged):
        records.describe({**row, "policy_hash": bytes(32)})


def test_an_edited_number_is_not_the_same_number_as_text(
    records: Records, row: dict[str, Any]
) -> None:
    with pytest.raises(VaultDamaged):
        records.open({**row, "current_version": "1"})


def test_no_row_opens_with_a_part_of_another(
    records: Records, engine: Engine, vault: Vault, a_login: Callable[..., NewSecret]
) -> None:
    for number in range(20):
        vault.add(a_login(f"Hotel {number}"))
    stored = rows(engine)
    tried = 0
    for one in stored:
        for other in stored:
            if one is other:
                continue
            for columns in (("ct",), ("dek",), ("dek", "ct"), ("dek", "ct", "meta"), ("meta",)):
                tried += 1
                with pytest.raises(VaultDamaged):
                    records.open({**one, **{column: other[column] for column in columns}})
    assert tried == 20 * 19 * 5


def test_origins_cannot_be_widened_by_an_older_description(
    records: Records, engine: Engine, vault: Vault, row: dict[str, Any]
) -> None:
    vault.rotate(row["id"], {"username": "bob", "password": "battery staple"})
    now = rows(engine)[0]
    for columns in (("meta",), ("policy_hash", "meta"), ("ct", "meta", "dek", "policy_hash")):
        with pytest.raises(VaultDamaged):
            records.open({**now, **{column: row[column] for column in columns}})


def test_equal_secrets_are_stored_equally_long_whatever_their_length(
    engine: Engine, vault: Vault, a_login: Callable[..., NewSecret]
) -> None:
    for length in (1, 13, 100, 200):
        vault.add(a_login(f"Hotel {length}", password="x" * length))
    with engine.connect() as connection:
        stored = connection.execute(select(secret_version.c.ct, secret_version.c.meta)).all()
    assert len({(len(ct), len(meta)) for ct, meta in stored}) == 1
