"""Stored tasks and their versions, in the database of the runs.

A version never changes and is known by its content: the same content is the same version, and
storing it again makes it the one that is used from now on.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from agent.errors import NotFound, UsageError
from agent.runs.tables import database_now, task, task_version
from agent.vault.fields import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement, Connection, Engine, Select

Tasks = list["StoredTask"]


@dataclass(frozen=True, slots=True)
class StoredTask:
    """One version of a stored task; ``current`` is the number of the one that is used.

    ``digest`` is the SHA-256 of the document as canonical JSON, in hex. Times are unix seconds.
    """

    id: str
    name: str
    version: int
    current: int
    digest: str
    document: Mapping[str, Any]
    created_by: str
    created_at: float


@dataclass(frozen=True, slots=True)
class Content:
    """What is stored: a task's document, its digest, and who brings it."""

    document: Mapping[str, Any]
    digest: str
    by: str

    @property
    def name(self) -> str:
        """What the task calls itself."""
        return str(self.document["name"])


@dataclass(frozen=True, slots=True)
class TaskStore:
    """The stored tasks of one project; another project's do not exist here."""

    engine: Engine
    project: str

    def add(self, content: Content) -> StoredTask:
        """Store a new task. Raises ``UsageError`` where there is one of its name."""
        made = str(uuid.uuid4())
        row = {"id": made, "project": self.project, "name": content.name, "current": 1}
        try:
            with self.engine.begin() as connection:
                connection.execute(insert(task).values(**row))
                connection.execute(insert(task_version).values(**_version(made, 1, content)))
        except IntegrityError:
            raise _taken(content.name) from None
        return self.get(made)

    def add_version(self, task_id: str, content: Content) -> StoredTask:
        """Store new content of a task, or go back to content it had. Raises ``UsageError``."""
        mine = task.c.id == self.get(task_id).id
        try:
            with self.engine.begin() as connection:
                # The row's lock: of two versions at once, each gets a number of its own.
                connection.execute(update(task).where(mine).values(name=content.name))
                number = _numbered(connection, task_id, content)
                connection.execute(update(task).where(mine).values(current=number))
        except IntegrityError:
            raise _taken(content.name) from None
        return self.get(task_id)

    def get(self, id_or_name: str, version: int | None = None) -> StoredTask:
        """Find a task by its id or name: the version that is used, or another. ``NotFound``."""
        known = (task.c.id == id_or_name) | (task.c.name == id_or_name)
        wanted = task.c.current if version is None else version
        found = self._read(self._every.where(known, task_version.c.number == wanted))
        if not found:
            what = "task" if version is None else f"version {version} of the task"
            near = did_you_mean(id_or_name, {one.name for one in self.list()})
            hint = "runner tasks list shows them, runner tasks add stores one"
            raise NotFound(f"there is no stored {what} {id_or_name!r:.120}{near}", hint=hint)
        # A task may be called like another's id.
        return next((one for one in found if one.id == id_or_name), found[0])

    def list(self) -> Tasks:
        """Give the tasks by name, each with the version that is used."""
        used = self._every.where(task_version.c.number == task.c.current)
        return self._read(used.order_by(task.c.name))

    def versions(self, task_id: str) -> Tasks:
        """Give all versions of a task, the newest first."""
        every = self._every.where(task.c.id == task_id)
        return self._read(every.order_by(task_version.c.number.desc()))

    def delete(self, task_id: str) -> None:
        """Take a task away; its runs keep what they were planned with, and its name is free."""
        mine = update(task).where(task.c.id == task_id, self._ours)
        with self.engine.begin() as connection:
            connection.execute(mine.values(deleted_at=database_now()))

    @property
    def _ours(self) -> ColumnElement[bool]:
        return (task.c.project == self.project) & task.c.deleted_at.is_(None)

    @property
    def _every(self) -> Select[Any]:
        columns = (task.c.id, task.c.name, task.c.current, task_version)
        return select(*columns).join_from(task, task_version).where(self._ours)

    def _read(self, statement: Select[Any]) -> Tasks:
        with self.engine.connect() as connection:
            return [
                StoredTask(
                    row.id,
                    row.name,
                    row.number,
                    row.current,
                    row.digest,
                    json.loads(row.document),
                    row.created_by,
                    row.created_at,
                )
                for row in connection.execute(statement)
            ]


def _numbered(connection: Connection, task_id: str, content: Content) -> int:
    mine = task_version.c.task_id == task_id
    same = select(task_version.c.number).where(mine, task_version.c.digest == content.digest)
    known: int | None = connection.execute(same).scalar_one_or_none()
    if known is not None:
        return known
    newest = select(func.max(task_version.c.number)).where(mine)
    number = int(connection.execute(newest).scalar_one()) + 1
    connection.execute(insert(task_version).values(**_version(task_id, number, content)))
    return number


def _version(task_id: str, number: int, content: Content) -> dict[str, Any]:
    return {
        "task_id": task_id,
        "number": number,
        "digest": content.digest,
        "document": json.dumps(dict(content.document), ensure_ascii=False),
        "created_by": content.by,
        "created_at": database_now(),
    }


def _taken(name: str) -> UsageError:
    return UsageError(
        f"there is a stored task named {name!r:.120} already",
        hint="store this as a new version of it, or give it another name",
    )
