"""What can be asked of the store of runs; see ``agent.runs.store`` for what changes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from agent.errors import NotFound, UsageError
from agent.runs.endings import report_of
from agent.runs.events import MOST, RunEvent, newest, since
from agent.runs.feed import Feed
from agent.runs.limit_store import LimitStore
from agent.runs.listing import Page, Wanted, chosen, columns_of, page_of
from agent.runs.rows import going, run_of, stored_key
from agent.runs.run import Outline, Run
from agent.runs.schedule_store import ScheduleStore
from agent.runs.tables import runs
from agent.runs.task_store import TaskStore
from agent.runs.webhook_store import WebhookStore

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import ColumnElement, Engine

    from agent.runs.report import Report

_WHOLE: Final = 36

Runs = list[Run]
Events = list[RunEvent]
Outlines = list[Outline]


class RunReading:
    """The runs of one project, to look at."""

    def __init__(self, engine: Engine, project: str) -> None:
        self._engine = engine
        self.project = project
        self.feed = Feed()

    def get(self, run: str) -> Run:
        """Find a run by its id or the start of one. Raises ``UsageError``: none, or several."""
        if len(run) == _WHOLE:
            return self._only(runs.c.id == run.lower(), run)
        return self._only(runs.c.id.startswith(run.lower(), autoescape=True), run)

    def list(self, limit: int = 20) -> Runs:
        """Give the newest runs first."""
        mine = select(runs).where(self._ours)
        return self._read(mine.order_by(runs.c.created_at.desc(), runs.c.id).limit(limit))

    def active(self) -> Runs:
        """Give the runs that are queued or running, the oldest first."""
        mine = select(runs).where(self._ours, going())
        return self._read(mine.order_by(runs.c.created_at))

    def outlines(self) -> Outlines:
        """Give all runs in short, the newest first."""
        short = select(*(runs.c[name] for name in Outline.__dataclass_fields__)).where(self._ours)
        with self._engine.connect() as connection:
            found = connection.execute(short.order_by(runs.c.created_at.desc(), runs.c.id))
            return [Outline(*row) for row in found]

    def exists(self, run_id: str) -> bool:
        """Tell whether a run has a record, in whichever project."""
        with self._engine.connect() as connection:
            found = connection.execute(select(runs.c.id).where(runs.c.id == run_id))
            return found.first() is not None

    def report(self, run: str) -> Report:
        """Tell how a run stands or ended, also where it could not write its own report."""
        return report_of(self.get(run))

    def events(self, run_id: str, after: int = 0, limit: int = MOST) -> Events:
        """Give what happened in a run after its event number ``after``, the oldest first."""
        return since(self._engine, run_id, after, limit)

    def newest_events(self, run_ids: Collection[str]) -> dict[str, int]:
        """Give the number of the newest event of each run."""
        return newest(self._engine, run_ids)

    def page(self, wanted: Wanted) -> Page[Run]:
        """Give the newest runs of those wanted. Raises ``UsageError`` for what is no cursor."""
        of_project = select(*columns_of(wanted)).where(self._ours)
        found = self._read(chosen(of_project, wanted))
        return page_of(found, wanted.limit)

    def with_key(self, idem_key: str) -> Run | None:
        """Give the run that was submitted with this ``idem_key``, if one was."""
        mine = select(runs).where(self._ours, runs.c.idem_key == self._key(idem_key))
        found = self._read(mine)
        return found[0] if found else None

    @property
    def engine(self) -> Engine:
        """The database, for what else is kept in it."""
        return self._engine

    @property
    def schedules(self) -> ScheduleStore:
        """The schedules of the same project."""
        return ScheduleStore(self._engine, self.project)

    @property
    def limits(self) -> LimitStore:
        """The limits of sites of the same project."""
        return LimitStore(self._engine, self.project)

    @property
    def webhooks(self) -> WebhookStore:
        """The webhooks of the same project."""
        return WebhookStore(self._engine, self.project)

    @property
    def tasks(self) -> TaskStore:
        """The stored tasks of the same project."""
        return TaskStore(self._engine, self.project)

    @property
    def _ours(self) -> ColumnElement[bool]:
        return runs.c.project == self.project

    def _key(self, key: str | None) -> str | None:
        return stored_key(key, self.project)

    def _read(self, statement: Any) -> Runs:
        with self._engine.connect() as connection:
            found = connection.execute(statement)
            names, rows = tuple(found.keys()), found.all()
        # SQLite lets other threads go first at each row, and gets its turn back late where one has
        # been busy: all rows are there before the first is read.
        return [run_of(dict(zip(names, row, strict=True))) for row in rows]

    def _only(self, condition: ColumnElement[bool], name: str) -> Run:
        found = self._read(select(runs).where(condition, self._ours).limit(2)) if name else []
        if len(found) == 1:
            return found[0]
        if found:
            raise UsageError(f"more than one run begins with {name!r}", hint="runner runs list")
        raise NotFound(f"there is no run {name!r}", hint="runner runs list")
