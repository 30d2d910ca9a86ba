"""Looking through the runs of a project, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlalchemy import and_, or_

from agent.errors import UsageError
from agent.runs.tables import runs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Select

    from agent.runs.run import Run

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some items, and the cursor with which the next ones are asked for; None at the end."""

    items: Sequence[Item]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which runs are asked for, the newest first; an empty text or None is no condition.

    ``task`` is a stored task's id or what a run's task is called; ``cursor`` is a page's ``next``.
    Without ``reports`` the runs come without theirs, which are the longest part of them.
    """

    limit: int = 50
    cursor: str | None = None
    task: str = ""
    state: str = ""
    mode: str = ""
    reports: bool = True


def chosen(statement: Select[Any], wanted: Wanted) -> Select[Any]:
    """Narrow a query of runs down to those wanted, and one more. Raises ``UsageError``."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.task:
        conditions.append(or_(runs.c.task_id == wanted.task, runs.c.task == wanted.task))
    if wanted.state:
        conditions.append(runs.c.state == wanted.state)
    if wanted.mode:
        conditions.append(runs.c.mode == wanted.mode)
    if wanted.cursor is not None:
        conditions.append(_after(wanted.cursor))
    newest = statement.where(*conditions).order_by(runs.c.created_at.desc(), runs.c.id.desc())
    return newest.limit(wanted.limit + 1)


def columns_of(wanted: Wanted) -> list[ColumnElement[Any]]:
    """Give the columns to read of those runs."""
    return [column for column in runs.c if wanted.reports or column is not runs.c.report]


def page_of(found: Sequence[Run], limit: int) -> Page[Run]:
    """Make a page of the runs found, of which one more was asked for."""
    if len(found) <= limit:
        return Page(found)
    last = found[limit - 1]
    return Page(found[:limit], f"{last.created_at!r}~{last.id}")


def _after(cursor: str) -> ColumnElement[bool]:
    at, _, run_id = cursor.partition("~")
    try:
        created = float(at)
    except ValueError:
        raise UsageError("that is no cursor", hint="a page's own cursor leads on") from None
    same = and_(runs.c.created_at == created, runs.c.id < run_id)
    return or_(runs.c.created_at < created, same)
