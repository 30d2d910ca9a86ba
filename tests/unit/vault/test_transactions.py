from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, insert, select

from agent.errors import SecretError, VaultDamaged
from agent.vault.tables import secret_version, vault_meta
from agent.vault.transactions import fetch, reading, truncate_log, writing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Engine

    from agent.vault.new_secret import NewSecret
    from agent.vault.store import Vault


def test_a_file_that_is_no_database_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "data.db"
    path.write_bytes(b"not a database, and long enough to be taken for one" * 100)
    engine = create_engine(f"sqlite:///{path}")
    with pytest.raises(VaultDamaged), reading(engine) as connection:
        connection.execute(select(vault_meta))
    engine.dispose()


def test_a_database_without_the_tables_is_one_clear_error(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'data.db'}")
    with pytest.raises(SecretError, match="no such table"), reading(engine) as connection:
        connection.execute(select(vault_meta))
    engine.dispose()


def test_an_error_of_the_database_does_not_quote_what_was_written(engine: Engine) -> None:
    row = {"vault_id": "canary-5e1f", "format": 1, "ring": b"canary-5e1f", "ring_gen": None}
    with pytest.raises(SecretError) as refused, writing(engine) as connection:
        connection.execute(insert(vault_meta).values(row))
    assert "canary" not in f"{refused.value!r} {refused.value.__context__!r:.0}"
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_what_failed_is_not_kept(engine: Engine) -> None:
    row = {"vault_id": "a", "format": 1, "ring": b"", "ring_gen": 1}
    with pytest.raises(SecretError), writing(engine) as connection:
        connection.execute(insert(vault_meta), [row, row])
    with reading(engine) as connection:
        assert fetch(connection, select(vault_meta)) == []


@pytest.mark.parametrize("value", ["'text'", "7", "1.5"])
def test_a_column_of_another_type_is_read_or_refused_but_never_a_crash(
    vault: Vault,
    a_login: Callable[..., NewSecret],
    attack: Callable[..., None],
    value: str,
) -> None:
    vault.add(a_login())
    for column in ("dek", "meta", "ct", "policy_hash", "term", "version", "created_at"):
        attack(f"UPDATE secret_version SET {column} = {value}")  # noqa: S608 -- names of this test
        with pytest.raises(SecretError):
            vault.card("Hotel admin")


def shredded(database: Path, blob: bytes) -> bool:
    return not any(blob in path.read_bytes() for path in database.parent.iterdir())


@pytest.mark.parametrize("act", ["delete", "purge"])
def test_a_shredded_key_is_in_no_file_of_the_data_folder(
    engine: Engine,
    database: Path,
    vault: Vault,
    a_login: Callable[..., NewSecret],
    act: str,
) -> None:
    card = vault.add(a_login())
    with reading(engine) as connection:
        [row] = fetch(connection, select(secret_version.c.dek))
    # Positive control: until then the very same search finds it.
    assert not shredded(database, row["dek"])
    if act == "delete":
        vault.delete(card.id)
    else:
        vault.rotate(card.id, {"username": "bob", "password": "battery staple"})
        assert not shredded(database, row["dek"])
        vault.purge(card.id)
    assert shredded(database, row["dek"])


def test_emptying_the_log_is_harmless_where_there_is_none(engine: Engine) -> None:
    truncate_log(engine)
