"""Roles and lockouts altered in the database: noticed when they are used, whoever is asked."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pytest

from agent.errors import NotAllowed, SecretFrozen, VaultDamaged, VaultRolledBack
from agent.vault.backup import Backups
from agent.vault.epoch import Epoch, Epochs
from agent.vault.guards import Guard
from agent.vault.keyslots.file import FileKey
from agent.vault.lockout import Lockouts, Use
from agent.vault.people import People
from agent.vault.policy import Role
from agent.vault.store import Vault
from agent.vault.tables import lockout, membership
from agent.vault.transactions import reading, writing
from tests.unit.vault.conftest import ALONE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Engine

    from agent.vault.new_secret import NewSecret
    from agent.vault.policy import Actor

OUTSIDE = (VaultDamaged, VaultRolledBack)
FORGED_PERSON = (
    "INSERT INTO membership SELECT project_id, 'eve', 'owner', created_by, created_at, 'x', mac "
    "FROM membership WHERE person = 'bob'"
)
ROLES = [
    "UPDATE membership SET role = 'owner' WHERE person = 'bob'",
    "UPDATE membership SET person = 'eve' WHERE person = 'ann'",
    "UPDATE membership SET person_id = 'other' WHERE person = 'bob'",
    "UPDATE membership SET mac = NULL, role = 'owner' WHERE person = 'bob'",
    FORGED_PERSON,
    "DELETE FROM membership WHERE person = 'ann'",
    "DELETE FROM membership",
    "INSERT INTO project SELECT 'theirs', created_by, created_at, mac FROM project LIMIT 1",
]


@pytest.fixture
def people(engine: Engine, vault: Vault) -> People:
    made = People(engine, vault)
    made.add(made.actor("ann"), "bob", Role.EDITOR)
    return made


def opened_by(engine: Engine, keys: Path, person: str) -> tuple[Vault, Actor]:
    """Put a vault together as ``agent.wiring`` does for the next process of a person."""
    vault = Vault(engine, FileKey(keys), actor=person)
    people = People(engine, vault)
    actor = people.actor(person)
    vault.opening.proof = partial(people.prove, actor)
    return vault, actor


def test_untouched_rows_are_what_the_vault_wrote(
    people: People, engine: Engine, keys: Path
) -> None:
    assert people.actor("bob").role is Role.EDITOR
    vault, bob = opened_by(engine, keys, "bob")
    vault.opening.open()
    People(engine, vault).prove_now(bob)


@pytest.mark.parametrize("statement", ROLES)
@pytest.mark.usefixtures("people")
def test_an_altered_role_opens_nothing(
    engine: Engine, keys: Path, attack: Callable[..., None], statement: str
) -> None:
    attack(statement)
    for person in ("bob", "eve"):
        vault, _actor = opened_by(engine, keys, person)
        with pytest.raises(OUTSIDE):
            vault.cards()


def test_without_the_proof_the_raised_role_would_count(
    people: People, attack: Callable[..., None]
) -> None:
    attack(ROLES[0])
    assert people.actor("bob").role is Role.OWNER


@pytest.mark.parametrize("statement", ROLES)
def test_a_vault_that_is_open_already_notices_too(
    people: People, attack: Callable[..., None], statement: str
) -> None:
    ann, bob = people.actor("ann"), people.actor("bob")
    people.prove_now(bob)
    attack(statement)
    with pytest.raises(OUTSIDE):
        people.prove_now(bob)
    with pytest.raises(OUTSIDE):
        people.add(ann, "carl", Role.EDITOR)


def test_a_role_that_does_not_exist_is_damage(people: People, attack: Callable[..., None]) -> None:
    attack("PRAGMA ignore_check_constraints = ON", "UPDATE membership SET role = 'king'")
    with pytest.raises(VaultDamaged, match="role of"):
        people.actor("bob")


@pytest.mark.usefixtures("people")
def test_a_role_raised_for_a_moment_is_noticed_when_the_vault_opens(
    engine: Engine, keys: Path, attack: Callable[..., None]
) -> None:
    attack(ROLES[0])
    vault, bob = opened_by(engine, keys, "bob")
    assert bob.role is Role.OWNER
    attack("UPDATE membership SET role = 'editor' WHERE person = 'bob'")
    with pytest.raises(NotAllowed, match="changed meanwhile"):
        vault.cards()


def test_a_row_that_was_removed_and_put_back_is_noticed(
    people: People, engine: Engine, keys: Path, attack: Callable[..., None]
) -> None:
    attack("CREATE TABLE kept AS SELECT * FROM membership WHERE person = 'bob'")
    people.remove(people.actor("ann"), "bob")
    attack("INSERT INTO membership SELECT * FROM kept", "DROP TABLE kept")
    with pytest.raises(VaultRolledBack, match="people"):
        opened_by(engine, keys, "bob")[0].cards()


def test_a_person_keeps_one_id_in_every_project_and_under_every_role(people: People) -> None:
    bob = people.actor("bob").id
    people.add_project(people.actor("ann"), "night-shift")
    people.add(people.actor("ann", "night-shift"), "bob", Role.ADMIN)
    people.change(people.actor("ann"), "bob", Role.ADMIN)
    assert people.actor("bob").id == people.actor("bob", "night-shift").id == bob
    assert people.actor("ann").id not in ("", bob)


def test_alone_everyone_has_one_id_and_keeps_it_as_owner(engine: Engine, vault: Vault) -> None:
    people = People(engine, vault)
    alone = people.actor("ann").id
    assert people.actor("someone-else").id == alone
    people.add(people.actor("ann"), "bob", Role.EDITOR)
    assert people.actor("ann").id == alone
    assert people.actor("bob").id != alone


@pytest.fixture
def frozen(vault: Vault, a_login: Callable[..., NewSecret]) -> Vault:
    for name in ("Hotel admin", "Other"):
        card = vault.add(a_login(name))
        Lockouts(replace(vault.trail(), run_id="run-1")).reject(card, Use("LOGIN"))
    return vault


LOCKOUTS = [
    "DELETE FROM lockout",
    "DELETE FROM lockout WHERE secret_id = (SELECT id FROM secret ORDER BY id LIMIT 1)",
    "UPDATE lockout SET frozen_at = NULL",
    "UPDATE lockout SET rejections = rejections + 7",
    "UPDATE lockout SET version = 0",
    "UPDATE lockout SET origin = 'https://elsewhere.example'",
]


@pytest.mark.parametrize("statement", LOCKOUTS)
def test_an_altered_lockout_unfreezes_nothing(
    frozen: Vault, attack: Callable[..., None], statement: str
) -> None:
    card = frozen.card("Hotel admin")
    attack(statement)
    with pytest.raises(OUTSIDE), frozen.open_for_run({"LOGIN": card.ref}, "run-2"):
        pass
    with pytest.raises(OUTSIDE):
        Lockouts(frozen.trail()).check(card, None)
    with pytest.raises(OUTSIDE):
        Lockouts(frozen.trail()).unfreeze(card)


@pytest.mark.parametrize("statement", LOCKOUTS)
def test_the_next_process_notices_before_anything_else(
    frozen: Vault,
    reopened: Callable[[], Vault],
    attack: Callable[..., None],
    statement: str,
) -> None:
    attack(statement)
    with pytest.raises(OUTSIDE):
        Lockouts(reopened().trail()).standing(frozen.card("Hotel admin"))


def test_an_untouched_lockout_freezes_and_is_lifted_by_the_vault_alone(
    frozen: Vault, reopened: Callable[[], Vault]
) -> None:
    card = reopened().card("Hotel admin")
    with pytest.raises(SecretFrozen):
        Lockouts(frozen.trail()).check(card, None)
    assert Lockouts(reopened().trail()).unfreeze(card) == 1
    with frozen.open_for_run({"LOGIN": card.ref}, "run-2"):
        pass


def test_the_lockouts_before_an_unfreezing_do_not_come_back(
    frozen: Vault, attack: Callable[..., None]
) -> None:
    attack("CREATE TABLE kept AS SELECT * FROM lockout")
    card = frozen.card("Hotel admin")
    Lockouts(frozen.trail()).unfreeze(card)
    attack("DELETE FROM lockout", "INSERT INTO lockout SELECT * FROM kept", "DROP TABLE kept")
    with pytest.raises(VaultRolledBack, match="lockouts"):
        Lockouts(frozen.trail()).standing(card)


def test_taking_the_present_for_the_newest_state_is_the_way_on(
    frozen: Vault, engine: Engine, database: Path, keys: Path, attack: Callable[..., None]
) -> None:
    card = frozen.card("Hotel admin")
    attack("DELETE FROM lockout")
    again = Vault(engine, FileKey(keys))
    with pytest.raises(VaultRolledBack):
        again.cards()
    Backups(again, engine, database, lambda _path: engine, ALONE).accept_present()
    assert Lockouts(Vault(engine, FileKey(keys)).trail()).standing(card) == []
    acts = [row["action"] for row in Vault(engine, FileKey(keys)).trail().rows()]
    assert acts[-1] == "accepted"


@pytest.mark.usefixtures("people")
def test_a_vault_of_the_time_before_guards_takes_its_rows_over_once(
    vault: Vault, engine: Engine, keys: Path, attack: Callable[..., None]
) -> None:
    trail = vault.trail()
    epochs = Epochs(trail.vault_id, trail.ring)
    with writing(engine) as connection:
        epoch = epochs.read(connection)
        epochs.write(connection, replace(epoch, guards={}))
    attack("UPDATE membership SET mac = NULL, person_id = ''", "UPDATE project SET mac = NULL")
    older, bob = opened_by(engine, keys, "bob")
    assert bob.role is Role.EDITOR
    older.opening.open()
    guard = Guard("people", trail.vault_id, trail.ring)
    with reading(engine) as connection:
        assert len(guard.rows(connection, membership)) == 2
        assert guard.rows(connection, membership)[0]["mac"] is not None
        assert Guard("lockouts", trail.vault_id, trail.ring).rows(connection, lockout) == []
    attack(ROLES[3])
    with pytest.raises(OUTSIDE):
        opened_by(engine, keys, "bob")[0].cards()


def test_a_record_without_guards_is_read_and_written_as_it_was() -> None:
    total = b"0" * 63 + b"7"
    older = b'{"audit_mac":"","audit_seq":0,"number":3,"secrets":0,"total":"' + total + b'"}'
    assert Epoch.from_bytes(older) == Epoch(3, 0, 7, 0, "")
    assert Epoch.from_bytes(older).to_bytes() == older
