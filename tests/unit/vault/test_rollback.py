"""An older state put back, in part or whole, is refused; taking it all the same is recorded."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine

from agent.errors import UsageError, VaultDamaged, VaultLocked, VaultRolledBack, WrongKey
from agent.vault.anchor import Anchor, Mark
from agent.vault.backup import Backups
from agent.vault.custody import Custody
from agent.vault.keyslots.file import FileKey
from agent.vault.opening import Anchored
from agent.vault.store import Vault
from agent.vault.totp_ledger import claim
from tests.unit.vault.conftest import ALONE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Engine

    from agent.vault.new_secret import NewSecret

NEW = {"username": "bob", "password": "battery staple"}
TABLES = ("secret", "secret_version")


@dataclass(frozen=True)
class Machine:
    """One machine's database, key folder and anchor."""

    engine: Engine
    database: Path
    keys: Path

    def vault(self) -> Vault:
        return Vault(self.engine, Anchored(FileKey(self.keys), Anchor(self.keys)))

    def backups(self) -> Backups:
        return Backups(self.vault(), self.engine, self.database, _open, ALONE)

    def copy(self, name: str) -> Path:
        target = self.database.with_name(name)
        self.backups().backup(target)
        return target

    def put_back(self, copy: Path) -> None:
        self.engine.dispose()
        for ending in ("-wal", "-shm"):
            self.database.with_name(self.database.name + ending).unlink(missing_ok=True)
        shutil.copy(copy, self.database)

    def acts(self) -> list[str]:
        return [row["action"] for row in self.vault().trail().rows()]


def _open(path: Path) -> Engine:
    return create_engine(f"sqlite:///{path}")


def rows_of(path: Path) -> dict[str, list[dict[str, Any]]]:
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        read = {name: connection.execute(f"SELECT * FROM {name}") for name in TABLES}  # noqa: S608 - two names
        return {name: [dict(row) for row in rows] for name, rows in read.items()}


@pytest.fixture
def machine(
    engine: Engine, database: Path, keys: Path, a_login: Callable[..., NewSecret]
) -> Machine:
    machine = Machine(engine, database, keys)
    machine.vault().add(a_login())
    machine.vault().add(a_login("Other"))
    return machine


def test_an_untouched_vault_opens_again_and_again(machine: Machine) -> None:
    for _ in range(3):
        assert len(machine.vault().cards()) == 2


def test_the_whole_file_put_back_is_refused(machine: Machine) -> None:
    old = machine.copy("old.db")
    machine.vault().rotate("Hotel admin", NEW)
    machine.put_back(old)
    with pytest.raises(VaultRolledBack, match="older") as refused:
        machine.vault().cards()
    assert "restore" in refused.value.hint
    # Positive control: without this machine's anchor the very same file opens.
    assert len(Vault(machine.engine, FileKey(machine.keys)).cards()) == 2


def test_a_file_that_went_another_way_from_an_old_copy_is_refused(
    machine: Machine, keys: Path, tmp_path: Path
) -> None:
    old = machine.copy("old.db")
    machine.vault().rotate("Hotel admin", NEW)
    fork = _open(old)
    Vault(fork, Anchored(FileKey(keys), Anchor(tmp_path / "elsewhere"))).rotate("Other", NEW)
    fork.dispose()
    machine.put_back(old)
    with pytest.raises(VaultRolledBack, match="another way"):
        machine.vault().cards()


def put_back_row(machine: Machine, old: dict[str, list[dict[str, Any]]], ident: str) -> None:
    """Put one secret's rows back as they were, as someone who has no key."""
    with closing(sqlite3.connect(machine.database)) as connection, connection:
        connection.execute("DROP TRIGGER secret_fixed")
        connection.execute("DELETE FROM secret_version WHERE secret_id = ?", (ident,))
        connection.execute("DELETE FROM secret WHERE id = ?", (ident,))
        for name, key in (("secret", "id"), ("secret_version", "secret_id")):
            for row in old[name]:
                if row[key] == ident:
                    marks = ", ".join("?" * len(row))
                    statement = f"INSERT INTO {name} ({', '.join(row)}) VALUES ({marks})"  # noqa: S608 - the table's names
                    connection.execute(statement, tuple(row.values()))


def test_one_secret_put_back_is_refused(machine: Machine) -> None:
    old = rows_of(machine.copy("old.db"))
    card = machine.vault().rotate("Hotel admin", NEW)
    machine.engine.dispose()
    put_back_row(machine, old, card.id)
    with pytest.raises(VaultRolledBack, match="put back"):
        machine.vault().cards()


def test_one_secret_put_back_is_not_blessed_by_a_process_that_was_open(
    machine: Machine, a_login: Callable[..., NewSecret]
) -> None:
    old = rows_of(machine.copy("old.db"))
    running = machine.vault()
    card = running.rotate("Hotel admin", NEW)
    put_back_row(machine, old, card.id)
    running.add(a_login("Third"))
    with pytest.raises(VaultRolledBack):
        machine.vault().cards()


def test_the_newest_version_taken_out_is_refused(
    machine: Machine, attack: Callable[..., None]
) -> None:
    old = rows_of(machine.copy("old.db"))
    card = machine.vault().rotate("Hotel admin", NEW)
    [head] = [row for row in old["secret"] if row["id"] == card.id]
    attack(
        ("DELETE FROM secret_version WHERE secret_id = :i AND version = 2", {"i": card.id}),
        (
            "UPDATE secret SET current_version = 1, head_mac = :m WHERE id = :i",
            {"i": card.id, "m": head["head_mac"]},
        ),
    )
    with pytest.raises(VaultRolledBack):
        machine.vault().cards()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM secret",
        "UPDATE vault_meta SET epoch = NULL",
        "UPDATE vault_meta SET epoch = x'00'",
        "UPDATE vault_meta SET epoch = zeroblob(length(epoch))",
        "DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)",
        "DELETE FROM audit",
    ],
)
def test_what_is_taken_out_is_missed(
    machine: Machine, attack: Callable[..., None], statement: str
) -> None:
    attack("DELETE FROM secret_version" if statement == "DELETE FROM secret" else "SELECT 1")
    attack(statement)
    with pytest.raises(VaultDamaged):
        machine.vault().cards()


def test_taking_the_present_state_is_possible_and_recorded(machine: Machine) -> None:
    old = machine.copy("old.db")
    machine.vault().rotate("Hotel admin", NEW)
    machine.put_back(old)
    machine.backups().accept_present()
    assert machine.vault().card("Hotel admin").version == 1
    assert machine.acts()[-1] == "accepted"
    assert machine.vault().trail().verify().bad_row is None


def test_a_restored_backup_is_the_newest_state_and_the_audit_says_so(machine: Machine) -> None:
    old = machine.copy("old.db")
    bytes_before = old.read_bytes()
    machine.vault().rotate("Hotel admin", NEW)
    kept = machine.backups().restore(old)
    assert machine.vault().card("Hotel admin").version == 1
    assert machine.acts()[-1] == "restored"
    assert old.read_bytes() == bytes_before
    assert kept is not None
    assert kept.stat().st_mode & 0o077 == 0
    # The state that was replaced is refused from now on, too.
    machine.put_back(kept)
    with pytest.raises(VaultRolledBack):
        machine.vault().cards()


def test_a_process_that_was_open_before_a_restore_goes_on_with_the_right_keys(
    machine: Machine, a_login: Callable[..., NewSecret]
) -> None:
    def rotate() -> None:
        vault = machine.vault()
        Custody(vault, machine.engine, lambda _kind: FileKey(machine.keys)).rotate()

    old = machine.copy("old.db")
    running = machine.vault()
    rotate()
    assert len(running.cards()) == 2
    machine.backups().restore(old)
    rotate()
    card = running.add(a_login("Third"))
    assert len(running.cards()) == 3
    assert machine.vault().card(card.id) == card
    custody = Custody(machine.vault(), machine.engine, lambda _kind: FileKey(machine.keys))
    assert custody.verify().problems == ()


def test_a_restored_backup_gives_no_code_away_twice(machine: Machine) -> None:
    old = machine.copy("old.db")
    first = claim(machine.engine, b"seed", now=1e9, period=30)
    machine.backups().restore(old)
    assert claim(machine.engine, b"seed", now=1e9, period=30) == first + 1


def test_what_is_no_backup_of_this_vault_changes_nothing(machine: Machine, tmp_path: Path) -> None:
    noise = tmp_path / "noise.db"
    noise.write_bytes(b"no database at all " * 500)
    before = machine.vault().cards()
    with pytest.raises(VaultDamaged):
        machine.backups().restore(noise)
    with pytest.raises(UsageError, match="no such file"):
        machine.backups().restore(tmp_path / "absent.db")
    old = machine.copy("old.db")
    with closing(sqlite3.connect(old)) as connection, connection:
        connection.execute("DROP TRIGGER audit_fixed")
        connection.execute("UPDATE audit SET actor = 'mallory' WHERE seq = 1")
    with pytest.raises(VaultDamaged, match="audit trail"):
        machine.backups().restore(old)
    machine.keys.rename(tmp_path / "away")
    with pytest.raises((VaultLocked, WrongKey)):
        machine.backups().restore(old)
    (tmp_path / "away").rename(machine.keys)
    assert machine.vault().cards() == before
    assert not list(machine.database.parent.glob(".restore-*"))


def test_a_backup_overwrites_nothing_and_is_private(machine: Machine, tmp_path: Path) -> None:
    target = tmp_path / "there.db"
    target.touch()
    with pytest.raises(UsageError, match="there already"):
        machine.backups().backup(target)
    assert machine.copy("fresh.db").stat().st_mode & 0o777 == 0o600


def test_an_anchor_never_goes_back_and_is_never_ahead(tmp_path: Path) -> None:
    anchor = Anchor(tmp_path / "keys")
    assert anchor.read("v") is None
    anchor.keep("v", Mark(5, "aa"))
    anchor.keep("v", Mark(4, "bb"))
    assert anchor.read("v") == Mark(5, "aa")
    assert anchor.path("v").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"epoch": -1, "mac": ""}', '{"epoch": "9"}'])
def test_an_anchor_that_is_none_counts_as_a_rollback_and_not_as_absent(
    tmp_path: Path, text: str
) -> None:
    (tmp_path / "v.anchor.json").write_text(text)
    with pytest.raises(VaultRolledBack):
        Anchor(tmp_path).read("v")


def test_a_change_that_is_not_kept_does_not_move_the_anchor(machine: Machine) -> None:
    path = Anchor(machine.keys).path(machine.vault().trail().vault_id)
    before = json.loads(path.read_text())
    with pytest.raises(UsageError):
        machine.vault().rotate("Hotel admin", {"username": ""})
    assert json.loads(path.read_text()) == before


def test_a_vault_from_before_epochs_gets_one_when_it_is_first_opened(
    engine: Engine, keys: Path, vault: Vault, attack: Callable[..., None]
) -> None:
    vault.create()
    attack("UPDATE vault_meta SET epoch = NULL")
    assert Vault(engine, FileKey(keys)).cards() == []
    anchored = Anchored(FileKey(keys), Anchor(keys))
    assert Vault(engine, anchored).cards() == []
    attack("UPDATE vault_meta SET epoch = NULL")
    with pytest.raises(VaultRolledBack):
        Vault(engine, anchored).cards()
