from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.errors import RunnerError, VaultDamaged, VaultLocked, WrongKey
from agent.vault.keyslots.file import FileKey
from agent.vault.keyslots.passphrase import Cost, Passphrase
from agent.vault.store import Vault

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Engine

    from agent.vault.new_secret import NewSecret

WORDS = "orbit velvet hammer lagoon"
SMALL = Cost(memory=64 * 1024, passes=1, lanes=1)


def refusal(vault: Vault) -> RunnerError:
    with pytest.raises(RunnerError) as refused:
        vault.cards()
    assert refused.value.hint
    return refused.value


def test_no_key_no_vault_a_wrong_key_and_damage_are_four_different_answers(
    engine: Engine, vault: Vault, keys: Path, tmp_path: Path, attack: Callable[..., None]
) -> None:
    assert not vault.is_created
    with pytest.raises(VaultLocked, match="no vault here yet"):
        vault.card("Hotel admin")
    vault.create()
    path = next(keys.iterdir())
    missing = refusal(Vault(engine, FileKey(tmp_path / "elsewhere")))
    assert isinstance(missing, VaultLocked)
    assert str(tmp_path / "elsewhere" / path.name) in missing.message
    _, _ = FileKey(tmp_path / "other").new_key("x")
    assert isinstance(refusal(Vault(engine, FileKey.at(tmp_path / "other" / "x.key"))), WrongKey)
    attack("UPDATE keyslot SET wrapped = zeroblob(317)")
    assert isinstance(refusal(Vault(engine, FileKey(keys))), VaultDamaged)


def test_a_vault_is_made_once_and_its_key_with_it(vault: Vault, keys: Path) -> None:
    vault.create()
    vault.create()
    assert vault.is_created
    assert len(list(keys.iterdir())) == 1


def test_a_vault_without_its_key_file_is_not_made_anew(
    vault: Vault, keys: Path, reopened: Callable[[], Vault], a_login: Callable[..., NewSecret]
) -> None:
    vault.create()
    next(keys.iterdir()).unlink()
    with pytest.raises(VaultLocked):
        reopened().add(a_login())


def test_a_key_that_cannot_be_kept_leaves_no_vault(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    vault = Vault(engine, FileKey(tmp_path / "file" / "keys"))
    with pytest.raises(VaultLocked):
        vault.create()
    assert not vault.is_created


def test_a_passphrase_opens_the_vault_it_was_set_for(
    engine: Engine, a_login: Callable[..., NewSecret]
) -> None:
    Vault(engine, Passphrase(lambda: WORDS, cost=SMALL)).add(a_login())
    [card] = Vault(engine, Passphrase(lambda: WORDS)).cards()
    assert card.name == "Hotel admin"
    assert isinstance(refusal(Vault(engine, Passphrase(lambda: WORDS + "?"))), WrongKey)


def test_a_passphrase_is_asked_for_once(engine: Engine, a_login: Callable[..., NewSecret]) -> None:
    Vault(engine, Passphrase(lambda: WORDS, cost=SMALL)).add(a_login())
    asked = []

    def ask() -> str:
        asked.append(1)
        return WORDS

    vault = Vault(engine, Passphrase(ask))
    vault.cards()
    vault.card("Hotel admin")
    assert len(asked) == 1


def test_a_vault_says_what_it_opens_with(engine: Engine, keys: Path) -> None:
    Vault(engine, Passphrase(lambda: WORDS, cost=SMALL)).create()
    locked = refusal(Vault(engine, FileKey(keys)))
    assert isinstance(locked, VaultLocked)
    assert "it opens with passphrase" in locked.message


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE vault_meta SET vault_id = 'other'",
        "UPDATE vault_meta SET format = 2",
        "UPDATE vault_meta SET format = 'one'",
        "UPDATE vault_meta SET ring_gen = 2",
        "UPDATE vault_meta SET ring = zeroblob(length(ring))",
        "UPDATE vault_meta SET ring = x''",
        "UPDATE vault_meta SET ring = '{\"active_term\": 1}'",
        "UPDATE vault_meta SET ring = 7",
        "INSERT INTO vault_meta SELECT 'b', format, ring, ring_gen, epoch FROM vault_meta",
        "UPDATE keyslot SET id = 'other'",
        "UPDATE keyslot SET kind = 'other'",
        "UPDATE keyslot SET params = '{\"m\": 1}'",
        "UPDATE keyslot SET params = 'no json'",
        "UPDATE keyslot SET wrapped = x''",
        "UPDATE keyslot SET wrapped = 'text'",
        "UPDATE keyslot SET checksum = zeroblob(32)",
        "DELETE FROM keyslot",
        "DROP TABLE keyslot",
    ],
)
def test_no_edit_of_the_keys_goes_unseen(
    vault: Vault, attack: Callable[..., None], reopened: Callable[[], Vault], statement: str
) -> None:
    vault.create()
    attack(statement)
    assert refusal(reopened()).exit_code == 4


@pytest.mark.parametrize(("table", "column"), [("keyslot", "wrapped"), ("vault_meta", "ring")])
def test_a_changed_byte_of_a_wrapped_key_is_damage(
    engine: Engine,
    vault: Vault,
    attack: Callable[..., None],
    reopened: Callable[[], Vault],
    table: str,
    column: str,
) -> None:
    vault.create()
    with engine.connect() as connection:
        read = f"SELECT {column} FROM {table}"  # noqa: S608 -- names of this test, no input
        blob = connection.exec_driver_sql(read).scalar_one()
    for position in range(0, len(blob), 16):
        changed = bytearray(blob)
        changed[position] ^= 0x80
        write = f"UPDATE {table} SET {column} = :blob"  # noqa: S608 -- names of this test, no input
        attack((write, {"blob": bytes(changed)}))
        assert isinstance(refusal(reopened()), VaultDamaged)


def test_a_passphrase_slot_with_a_monstrous_cost_is_refused(
    engine: Engine, attack: Callable[..., None]
) -> None:
    Vault(engine, Passphrase(lambda: WORDS, cost=SMALL)).create()
    attack("UPDATE keyslot SET params = replace(params, '65536', '2147483648')")
    assert isinstance(refusal(Vault(engine, Passphrase(lambda: WORDS))), VaultDamaged)
