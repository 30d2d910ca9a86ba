"""Projects, the people in them and their roles.

Where nobody was ever added, the person at the machine is alone and Owner of the project
``default``; with the first person added that becomes a row like any other. Rows are written and
authenticated with the vault's key. Saying who someone is needs no key; the vault checks it when it
is opened (``prove``), so nothing that is sealed is had on the word of an altered row.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from sqlalchemy import select

from agent.errors import NotAllowed, UsageError, VaultDamaged
from agent.vault.audit import Act, Entry, timestamp
from agent.vault.epoch import RESTORE_HINT
from agent.vault.fields import did_you_mean
from agent.vault.guards import Guard
from agent.vault.policy import (
    ALONE,
    DEFAULT_PROJECT,
    Action,
    Actor,
    Decision,
    Role,
    Thing,
    authorize,
)
from agent.vault.tables import membership, project
from agent.vault.transactions import fetch, reading, writing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection, Engine, RowMapping

    from agent.vault.audit import Trail
    from agent.vault.store import Vault
    from agent.vault.unlock import Unlocked

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
ROLES: Final = (Role.OWNER, Role.ADMIN, Role.EDITOR)
"""What a person can be, the mightiest first."""


@dataclass(frozen=True, slots=True)
class Member:
    """One person of a project."""

    person: str
    role: Role


@dataclass(frozen=True, slots=True)
class People:
    """The people of one database; the first change makes its vault, where there is none."""

    engine: Engine
    vault: Vault

    def actor(self, person: str, project_id: str = DEFAULT_PROJECT) -> Actor:
        """Say who a person is in a project; without a role where others are and they are not.

        Raises ``UsageError`` for a project there is not.
        """
        with reading(self.engine) as connection:
            known = _projects(fetch(connection, select(project)))
            if project_id not in known:
                raise UsageError(
                    f"there is no project {project_id!r:.80}{did_you_mean(project_id, known)}",
                    hint="runner projects list shows them, runner projects add makes one",
                )
            return _actor(fetch(connection, select(membership)), person, project_id)

    def prove(self, actor: Actor, connection: Connection, opened: Unlocked) -> None:
        """Make sure that the vault itself wrote down what the actor is.

        Raises ``VaultDamaged`` or ``VaultRolledBack`` for rows that it did not write, and
        ``NotAllowed`` where the role is another by now.
        """
        guard = Guard("people", opened.vault_id, opened.ring)
        now = _actor(guard.rows(connection, membership), actor.name, actor.project)
        if now != actor:
            raise NotAllowed(
                f"the role of {actor.name} in the project {actor.project} was changed meanwhile",
                hint="call the command again",
            )

    def prove_now(self, actor: Actor) -> None:
        """Prove an actor once more where the vault is open already; opening it does it else."""
        if self.vault.opening.is_open:
            with reading(self.engine) as connection:
                self.prove(actor, connection, self.vault.opening.current(connection))

    def members(self, actor: Actor) -> list[Member]:
        """List the people of the actor's project; someone alone is listed too."""
        authorize(actor, Action.SEE, Thing(actor.project))
        with reading(self.engine) as connection:
            found = _members(fetch(connection, select(membership)), actor.project)
        if not found and actor.role is not None:
            found = {actor.name: actor.role}
        return [Member(person, found[person]) for person in sorted(found)]

    def everyone(self) -> list[Member]:
        """List everyone who was written down, once for each of their projects."""
        return [Member(row["person"], _role(row)) for row in self._rows()]

    def projects_of(self, person: str) -> list[str]:
        """List the projects a person was let into, the first one first."""
        mine = [row["project_id"] for row in self._rows() if row["person"] == person]
        return sorted(mine, key=lambda name: (name != DEFAULT_PROJECT, name))

    def may_change(self, actor: Actor, person: str) -> None:
        """Let an actor decide about a person of their project, or raise ``NotAllowed``.

        Everyone may decide about themselves. Raises ``UsageError`` for someone not in it.
        """
        rows = _members(self._rows(), actor.project)
        role = _known(rows or {actor.name: Role.OWNER}, actor, person)[person]
        if person != actor.name:
            self._authorize(actor, person, role)

    def check_name(self, person: str) -> None:
        """Refuse what is no name of a person (``UsageError``)."""
        _check(person, "person")

    def projects(self) -> list[str]:
        """List the projects by name; ``default`` is always there."""
        with reading(self.engine) as connection:
            return sorted(_projects(fetch(connection, select(project))))

    def add_project(self, actor: Actor, name: str) -> None:
        """Make a project; who makes it becomes its Owner. Raises ``UsageError``, ``NotAllowed``."""
        authorize(actor, Action.PROJECTS, Thing(actor.project, name=name))
        _check(name, "project")
        writing_down = self._writing_down()
        with writing(self.engine) as connection:
            if name in _projects(writing_down.guard.rows(connection, project)):
                raise UsageError(f"there is a project {name} already")
            writing_down.make_project(connection, actor, name)
            writing_down.put(connection, Actor(actor.name, Role.OWNER, name), actor.name)

    def add(self, actor: Actor, person: str, role: Role) -> None:
        """Let a person into the actor's project. Raises ``UsageError`` and ``NotAllowed``."""
        self._authorize(actor, person, role)
        _check(person, "person")
        writing_down = self._writing_down()
        with writing(self.engine) as connection:
            if person in writing_down.settled(connection, actor):
                raise UsageError(
                    f"{person} is in the project {actor.project} already",
                    hint="runner people role changes what they may do",
                )
            writing_down.put(connection, Actor(person, role, actor.project), actor.name)

    def change(self, actor: Actor, person: str, role: Role) -> None:
        """Give a person another role; the last Owner keeps theirs."""
        writing_down = self._writing_down()
        with writing(self.engine) as connection:
            before = _known(writing_down.settled(connection, actor), actor, person)
            self._authorize(actor, person, before[person], role)
            _keep_an_owner(before, person, role)
            writing_down.put(connection, Actor(person, role, actor.project), actor.name)

    def remove(self, actor: Actor, person: str) -> None:
        """Take a person out of the actor's project; the last Owner stays."""
        writing_down = self._writing_down()
        with writing(self.engine) as connection:
            before = _known(writing_down.settled(connection, actor), actor, person)
            self._authorize(actor, person, before[person])
            _keep_an_owner(before, person, None)
            writing_down.remove(connection, actor.project, person)

    def _rows(self) -> Sequence[RowMapping]:
        with reading(self.engine) as connection:
            return fetch(connection, select(membership))

    def _authorize(self, actor: Actor, person: str, *roles: Role) -> None:
        order = list(Role)
        below = actor.role is not None and all(
            order.index(role) > order.index(actor.role) for role in roles
        )
        given = frozenset({Decision.BELOW}) if below else frozenset[Decision]()
        authorize(actor, Action.PEOPLE, Thing(actor.project, name=person), given)

    def _writing_down(self) -> _WritingDown:
        self.vault.create()
        trail = self.vault.trail()
        return _WritingDown(trail, Guard("people", trail.vault_id, trail.ring))


@dataclass(frozen=True, slots=True)
class _WritingDown:
    """Changes rows of people inside a transaction, each with its audit row."""

    trail: Trail
    guard: Guard

    def settled(self, connection: Connection, actor: Actor) -> dict[str, Role]:
        """Write down who was alone until now as what they are: an Owner."""
        members = _members(self.guard.rows(connection, membership), actor.project)
        if members:
            return members
        if not any(row["id"] == actor.project for row in self.guard.rows(connection, project)):
            self.make_project(connection, actor, actor.project)
        self.put(connection, Actor(actor.name, Role.OWNER, actor.project), actor.name)
        return {actor.name: Role.OWNER}

    def make_project(self, connection: Connection, actor: Actor, name: str) -> None:
        made = {"id": name, "created_by": actor.name, "created_at": self._now()}
        self.guard.put(connection, project, made)

    def put(self, connection: Connection, member: Actor, by: str) -> None:
        assert member.role is not None  # noqa: S101 - who has no role has no row
        row = {
            "project_id": member.project,
            "person": member.name,
            "role": member.role.value,
            "created_by": by,
            "created_at": self._now(),
            "person_id": self._id_of(connection, member.name),
        }
        self.guard.put(connection, membership, row)
        self.trail.append(connection, Entry(Act.PEOPLE, member.name, reason=member.role.value))

    def remove(self, connection: Connection, project_id: str, person: str) -> None:
        row = {"project_id": project_id, "person": person}
        self.guard.drop(connection, membership, row)
        self.trail.append(connection, Entry(Act.PEOPLE, person, reason="removed"))

    def _id_of(self, connection: Connection, person: str) -> str:
        """Give a person's id, the same in every project; who was alone keeps that one's."""
        rows = fetch(connection, select(membership))
        if not rows:
            return ALONE.id
        known = [row["person_id"] for row in rows if row["person"] == person and row["person_id"]]
        return known[0] if known else str(uuid4())

    def _now(self) -> str:
        return timestamp(self.trail.clock())


def person_named(text: str) -> str:
    """Make a system's user name one the audit can hold: other characters become ``_``."""
    clean = re.sub(r"[^A-Za-z0-9_.-]", "_", text)[:64]
    return clean if _NAME.fullmatch(clean) else f"u{clean}"[:64]


def _actor(rows: Iterable[RowMapping], person: str, project_id: str) -> Actor:
    mine = [row for row in rows if row["project_id"] == project_id]
    if not mine and project_id == DEFAULT_PROJECT:
        return Actor(person, Role.OWNER, project_id, ALONE.id)
    found = [row for row in mine if row["person"] == person]
    if not found:
        return Actor(person, None, project_id)
    return Actor(person, _role(found[0]), project_id, found[0]["person_id"] or person)


def _projects(rows: Iterable[RowMapping]) -> set[str]:
    return {row["id"] for row in rows} | {DEFAULT_PROJECT}


def _members(rows: Iterable[RowMapping], project_id: str) -> dict[str, Role]:
    return {row["person"]: _role(row) for row in rows if row["project_id"] == project_id}


def _role(row: RowMapping) -> Role:
    try:
        return Role(row["role"])
    except ValueError:
        raise VaultDamaged(
            f"the role of {row['person']!r:.80} is none there is", hint=RESTORE_HINT
        ) from None


def _known(members: Mapping[str, Role], actor: Actor, person: str) -> dict[str, Role]:
    if person not in members:
        near = did_you_mean(person, members)
        raise UsageError(f"{person!r:.80} is not in the project {actor.project}{near}")
    return dict(members)


def _keep_an_owner(members: dict[str, Role], person: str, role: Role | None) -> None:
    owners = [name for name, held in members.items() if held is Role.OWNER]
    if owners == [person] and role is not Role.OWNER:
        raise UsageError(
            f"{person} is the last owner of the project, and a project has one",
            hint="make another person owner first: runner people role NAME owner",
        )


def _check(name: str, what: str) -> None:
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"the name of a {what} is 1 to 64 letters, digits, dots, dashes and underscores"
        )
