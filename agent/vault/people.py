"""Projects, the people in them and their roles.

Where nobody was ever added, the person at the machine is alone and Owner of the project
``default``; with the first person added that becomes a row like any other.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, insert, select, update

from agent.errors import UsageError
from agent.vault.audit import Act, Entry, timestamp
from agent.vault.fields import did_you_mean
from agent.vault.policy import DEFAULT_PROJECT, Action, Actor, Decision, Role, Thing, authorize
from agent.vault.tables import membership, project
from agent.vault.transactions import fetch, reading, writing

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import ColumnElement, Connection, Engine

    from agent.vault.audit import Trail

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
    """The people of one database; ``trail`` gives the audit, or None where no vault was made."""

    engine: Engine
    trail: Callable[[], Trail | None]

    def actor(self, person: str, project_id: str = DEFAULT_PROJECT) -> Actor:
        """Say who a person is in a project; without a role where others are and they are not.

        Raises ``UsageError`` for a project there is not.
        """
        with reading(self.engine) as connection:
            known = _projects(connection)
            if project_id not in known:
                raise UsageError(
                    f"there is no project {project_id!r:.80}{did_you_mean(project_id, known)}",
                    hint="runner projects list shows them, runner projects add makes one",
                )
            members = _members(connection, project_id)
            alone = not members and project_id == DEFAULT_PROJECT
        return Actor(person, Role.OWNER if alone else members.get(person), project_id)

    def members(self, actor: Actor) -> list[Member]:
        """List the people of the actor's project; someone alone is listed too."""
        authorize(actor, Action.SEE, Thing(actor.project))
        with reading(self.engine) as connection:
            found = _members(connection, actor.project)
        if not found and actor.role is not None:
            found = {actor.name: actor.role}
        return [Member(person, found[person]) for person in sorted(found)]

    def projects(self) -> list[str]:
        """List the projects by name; ``default`` is always there."""
        with reading(self.engine) as connection:
            return sorted(_projects(connection))

    def add_project(self, actor: Actor, name: str) -> None:
        """Make a project; who makes it becomes its Owner. Raises ``UsageError``, ``NotAllowed``."""
        authorize(actor, Action.PROJECTS, Thing(actor.project, name=name))
        _check(name, "project")
        with writing(self.engine) as connection:
            if name in _projects(connection):
                raise UsageError(f"there is a project {name} already")
            self._make_project(connection, actor, name)
            self._put(connection, Actor(actor.name, Role.OWNER, name), actor.name, Role.OWNER)

    def add(self, actor: Actor, person: str, role: Role) -> None:
        """Let a person into the actor's project. Raises ``UsageError`` and ``NotAllowed``."""
        self._authorize(actor, person, role)
        _check(person, "person")
        with writing(self.engine) as connection:
            if person in self._settled(connection, actor):
                raise UsageError(
                    f"{person} is in the project {actor.project} already",
                    hint="runner people role changes what they may do",
                )
            self._put(connection, actor, person, role)

    def change(self, actor: Actor, person: str, role: Role) -> None:
        """Give a person another role; the last Owner keeps theirs."""
        with writing(self.engine) as connection:
            before = self._known(self._settled(connection, actor), actor, person)
            self._authorize(actor, person, before[person], role)
            _keep_an_owner(before, person, role)
            connection.execute(
                update(membership).where(_row(actor.project, person)).values(role=role.value)
            )
            self._audit(connection, person, f"{role.value}")

    def remove(self, actor: Actor, person: str) -> None:
        """Take a person out of the actor's project; the last Owner stays."""
        with writing(self.engine) as connection:
            before = self._known(self._settled(connection, actor), actor, person)
            self._authorize(actor, person, before[person])
            _keep_an_owner(before, person, None)
            connection.execute(delete(membership).where(_row(actor.project, person)))
            self._audit(connection, person, "removed")

    def _authorize(self, actor: Actor, person: str, *roles: Role) -> None:
        order = list(Role)
        below = actor.role is not None and all(
            order.index(role) > order.index(actor.role) for role in roles
        )
        given = frozenset({Decision.BELOW}) if below else frozenset[Decision]()
        authorize(actor, Action.PEOPLE, Thing(actor.project, name=person), given)

    def _settled(self, connection: Connection, actor: Actor) -> dict[str, Role]:
        """Write down who was alone until now as what they are: an Owner."""
        members = _members(connection, actor.project)
        if members:
            return members
        rows = select(project.c.id).where(project.c.id == actor.project)
        if not fetch(connection, rows):
            self._make_project(connection, actor, actor.project)
        self._put(connection, actor, actor.name, Role.OWNER)
        return {actor.name: Role.OWNER}

    def _known(self, members: dict[str, Role], actor: Actor, person: str) -> dict[str, Role]:
        if person not in members:
            near = did_you_mean(person, members)
            raise UsageError(f"{person!r:.80} is not in the project {actor.project}{near}")
        return members

    def _make_project(self, connection: Connection, actor: Actor, name: str) -> None:
        made = {"id": name, "created_by": actor.name, "created_at": _now()}
        connection.execute(insert(project).values(made))

    def _put(self, connection: Connection, actor: Actor, person: str, role: Role) -> None:
        connection.execute(
            insert(membership).values(
                project_id=actor.project,
                person=person,
                role=role.value,
                created_by=actor.name,
                created_at=_now(),
            )
        )
        self._audit(connection, person, role.value)

    def _audit(self, connection: Connection, person: str, what: str) -> None:
        trail = self.trail()
        if trail is not None:
            trail.append(connection, Entry(Act.PEOPLE, person, reason=what))


def person_named(text: str) -> str:
    """Make a system's user name one the audit can hold: other characters become ``_``."""
    clean = re.sub(r"[^A-Za-z0-9_.-]", "_", text)[:64]
    return clean if _NAME.fullmatch(clean) else f"u{clean}"[:64]


def _row(project_id: str, person: str) -> ColumnElement[bool]:
    return (membership.c.project_id == project_id) & (membership.c.person == person)


def _projects(connection: Connection) -> set[str]:
    return {row["id"] for row in fetch(connection, select(project))} | {DEFAULT_PROJECT}


def _members(connection: Connection, project_id: str) -> dict[str, Role]:
    chosen = select(membership).where(membership.c.project_id == project_id)
    return {row["person"]: Role(row["role"]) for row in fetch(connection, chosen)}


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


def _now() -> str:
    return timestamp(time.time())
