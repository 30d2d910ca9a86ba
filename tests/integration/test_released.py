"""Every format that was ever released opens for ever, in the program as it is today."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agent.errors import SecretFrozen, SecretMissing, VaultDamaged
from agent.vault.anchor import Anchor
from agent.vault.backup import Backups
from agent.vault.custody import Custody
from agent.vault.deployments import Deployments
from agent.vault.keyslots.file import FileKey
from agent.vault.keyslots.passphrase import Passphrase
from agent.vault.lockout import Lockouts
from agent.vault.opening import Anchored
from agent.vault.people import People
from agent.vault.policy import Role
from agent.vault.records import Records
from agent.vault.shelf import Shelf
from agent.vault.store import Vault
from agent.vault.transactions import reading
from agent.wiring.database import open_database
from agent.wiring.keys import ROWS
from tests.released.make import PASSPHRASE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

RELEASED = Path(__file__).parents[1] / "released"
FORMATS = sorted(path.name for path in RELEASED.iterdir() if (path / "vault.sql").exists())


class Kept:
    """One released vault, restored from its dump and brought to today's schema."""

    def __init__(self, name: str, place: Path) -> None:
        folder, self.keys = RELEASED / name, place / "keys"
        (place / "data").mkdir()
        self.keys.mkdir(mode=0o700)
        for file in folder.glob("*-*-*"):
            shutil.copyfile(file, self.keys / file.name)
            (self.keys / file.name).chmod(0o600)
        self.path, self.dump = place / "data" / "runner.db", folder / "vault.sql"
        self.write(self.path)
        self.engine: Engine = open_database(self.path)
        self.expected = json.loads((folder / "expected.json").read_text("utf-8"))

    def write(self, path: Path) -> Path:
        """Write the database as it was released."""
        with closing(sqlite3.connect(path)) as database:
            database.executescript(self.dump.read_text("utf-8"))
        return path

    def vault(self) -> Vault:
        return Vault(self.engine, Anchored(FileKey(self.keys), Anchor(self.keys)))


@pytest.fixture(params=FORMATS)
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kept]:
    made = Kept(request.param, tmp_path)
    yield made
    made.engine.dispose()


def test_there_is_a_released_format() -> None:
    assert FORMATS


def test_every_value_opens_as_it_was_sealed(kept: Kept) -> None:
    vault = kept.vault()
    cards = {card.id: card for card in vault.cards()}
    assert set(kept.expected) <= set(cards)
    assert {cards[ident].type for ident in kept.expected} >= {"login", "json", "totp", "value"}
    for ident, fields in kept.expected.items():
        if cards[ident].name == "A login":
            Lockouts(vault.trail()).unfreeze(cards[ident])
        with vault.open_for_run({"SLOT": cards[ident].ref}, "run-2") as secrets:
            assert secrets.slots() == ("SLOT",)
        opened = values(vault, ident)
        assert {n: hashlib.sha256(v.encode()).hexdigest() for n, v in opened.items()} == fields


def values(vault: Vault, ident: str) -> dict[str, str]:
    """Open one secret's values as a run's opening does."""
    from_row = vault.opening.open()
    records = Records(from_row.vault_id, from_row.ring)
    with reading(vault.trail().engine) as connection:
        return dict(records.open(Shelf(connection, records).find(ident), "test").values)


def test_its_keys_trail_people_lockouts_and_deployments_stand(kept: Kept) -> None:
    vault = kept.vault()
    login = vault.card("A login")
    with pytest.raises(SecretFrozen):
        Lockouts(vault.trail()).check(login, None)
    with pytest.raises(SecretMissing, match="was deleted on"):
        vault.card("Gone")
    assert vault.card("Elsewhere").source == "env"
    (released,) = Deployments(vault).newest()
    copy = vault.card(released.bindings["TOKEN"].secret)
    assert (copy.mode, copy.name) == ("live", "A bearer_token")
    people = People(kept.engine, vault)
    assert people.actor("bob").role is Role.EDITOR
    people.prove_now(people.actor("bob"))
    assert vault.trail().verify().bad_row is None
    custody = Custody(vault, kept.engine, lambda _kind: FileKey(kept.keys))
    assert custody.verify().problems == ()
    assert custody.rotate().damaged == ()


def test_a_backup_of_it_is_restored_while_the_vault_is_open(kept: Kept, tmp_path: Path) -> None:
    vault = kept.vault()
    login = vault.card("A login")
    Lockouts(vault.trail()).unfreeze(login)
    old = kept.write(tmp_path / "old.db")
    assert Backups(vault, kept.engine, kept.path, open_database, ROWS).restore(old) is not None
    for opened in (vault, kept.vault()):
        assert len(Lockouts(opened.trail()).standing(login)) == 1
        people = People(kept.engine, opened)
        people.prove_now(people.actor("bob"))


def test_its_passphrase_opens_it(kept: Kept) -> None:
    vault = Vault(kept.engine, Passphrase(lambda: PASSPHRASE))
    assert len(vault.cards()) > len(kept.expected)


def test_a_changed_byte_of_it_does_not(kept: Kept) -> None:
    with kept.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE keyslot SET wrapped = zeroblob(length(wrapped))")
    with pytest.raises(VaultDamaged, match="changed"):
        kept.vault().cards()
