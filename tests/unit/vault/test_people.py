"""Who is in a project, and that it always has an owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.errors import NotAllowed, UsageError
from agent.vault.people import Member, People, person_named
from agent.vault.policy import Actor, Role

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from agent.vault.store import Vault

NOBODY = Actor("eve", None, "default")


@pytest.fixture
def people(engine: Engine, vault: Vault) -> People:
    return People(engine, vault)


def test_alone_on_a_machine_the_person_is_owner_of_default(people: People) -> None:
    ann = people.actor("ann")
    assert ann == Actor("ann", Role.OWNER, "default")
    assert people.members(ann) == [Member("ann", Role.OWNER)]
    assert people.projects() == ["default"]


def test_with_the_first_other_person_being_alone_ends(people: People) -> None:
    people.add(people.actor("ann"), "bob", Role.EDITOR)
    assert people.actor("ann").role is Role.OWNER
    assert people.actor("bob").role is Role.EDITOR
    assert people.actor("eve") == NOBODY
    with pytest.raises(NotAllowed, match="eve has no role"):
        people.members(people.actor("eve"))


def test_the_last_owner_stays_owner(people: People) -> None:
    people.add(people.actor("ann"), "bob", Role.ADMIN)
    ann = people.actor("ann")
    for act in (lambda: people.remove(ann, "ann"), lambda: people.change(ann, "ann", Role.EDITOR)):
        with pytest.raises(UsageError, match="last owner"):
            act()
    people.change(ann, "bob", Role.OWNER)
    people.remove(people.actor("bob"), "ann")
    assert people.actor("ann").role is None


@pytest.mark.parametrize(
    ("role", "person", "to", "allowed"),
    [
        (Role.OWNER, "editor", Role.OWNER, True),
        (Role.OWNER, "admin", Role.EDITOR, True),
        (Role.ADMIN, "editor", Role.ADMIN, False),
        (Role.ADMIN, "admin", Role.EDITOR, False),
        (Role.ADMIN, "owner", Role.EDITOR, False),
        (Role.EDITOR, "editor", Role.EDITOR, False),
    ],
)
def test_admins_change_only_those_below_them(
    people: People, role: Role, person: str, to: Role, *, allowed: bool
) -> None:
    ann = people.actor("ann")
    for name in ("owner", "admin", "editor"):
        people.add(ann, name, Role(name))
    asking = Actor("asking", role, "default")
    if allowed:
        people.change(asking, person, to)
        assert people.actor(person).role is to
        return
    with pytest.raises(NotAllowed):
        people.change(asking, person, to)
    assert people.actor(person).role is Role(person)


def test_an_admin_lets_editors_in_and_out(people: People) -> None:
    people.add(people.actor("ann"), "bob", Role.ADMIN)
    bob = people.actor("bob")
    people.add(bob, "carl", Role.EDITOR)
    people.remove(bob, "carl")
    for role in (Role.OWNER, Role.ADMIN):
        with pytest.raises(NotAllowed):
            people.add(bob, "carl", role)


def test_projects_keep_their_people_apart(people: People) -> None:
    people.add_project(people.actor("ann"), "night-shift")
    assert people.projects() == ["default", "night-shift"]
    assert people.actor("ann", "night-shift").role is Role.OWNER
    assert people.actor("bob", "night-shift").role is None
    with pytest.raises(UsageError, match="did you mean night-shift"):
        people.actor("ann", "night-shft")
    with pytest.raises(UsageError, match="already"):
        people.add_project(people.actor("ann"), "night-shift")


@pytest.mark.parametrize("name", ["", "-x", "a b", "x" * 65, "ann\n"])
def test_a_name_that_could_be_misread_is_refused(people: People, name: str) -> None:
    with pytest.raises(UsageError):
        people.add(people.actor("ann"), name, Role.EDITOR)
    assert people.members(people.actor("ann")) == [Member("ann", Role.OWNER)]


@pytest.mark.parametrize(
    ("system", "name"),
    [("ann", "ann"), ("OFFICE\\ann", "OFFICE_ann"), ("", "u"), ("_apt", "u_apt")],
)
def test_a_systems_user_name_becomes_one_the_audit_can_hold(system: str, name: str) -> None:
    assert person_named(system) == name


def test_changes_are_audited(people: People, vault: Vault) -> None:
    vault.create()
    people.add(people.actor("ann"), "bob", Role.EDITOR)
    people.remove(people.actor("ann"), "bob")
    rows = [row for row in vault.trail().rows() if row["action"] == "people"]
    assert [(row["object"], row["detail"]) for row in rows] == [
        ("ann", '{"reason":"owner"}'),
        ("bob", '{"reason":"editor"}'),
        ("bob", '{"reason":"removed"}'),
    ]
