"""What waits for a worker, whatever its project, and the workers there are."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, delete, exists, func, insert, not_, or_, select, true, update

from agent.runs.clocks import clock_off
from agent.runs.limit_store import acts_at, full_sites
from agent.runs.rows import is_queued, run_of
from agent.runs.run import HERE, PLAIN, Run
from agent.runs.states import State
from agent.runs.tables import database_now, runs, worker
from agent.runs.whereabouts import ANYONE, Reach

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Connection, Engine

SILENT: Final = 20.0
"""Seconds after which a worker that was not heard of is taken for gone."""
_FORGOTTEN: Final = 86_400.0
_ASKED: Final = (
    select(runs.c.labels).where(runs.c.state == State.QUEUED.value, runs.c.labels != "").distinct()
)


class Shift(StrEnum):
    """What a worker is doing: it takes runs, it takes no more, or it was not heard of.

    One that is full has no room for what a run leaves; one whose clock is off makes no codes.
    """

    WORKING = "working"
    DRAINING = "draining"
    SILENT = "silent"
    FULL = "full"
    CLOCK_OFF = "clock off"


@dataclass(frozen=True, slots=True)
class WorkerLine:
    """One worker; times are unix seconds by the database's clock."""

    id: str
    host: str
    pid: int
    state: str
    concurrency: int
    running: int
    started_at: float
    seen_at: float
    queues: str = PLAIN.pool
    labels: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The queue, read by those who work it off."""

    engine: Engine
    reach: Reach = ANYONE

    def due(self, limit: int) -> Sequence[Run]:
        """Give runs that may begin now here: the most urgent first, then the oldest.

        That is a look and no right: a run is had by its claim alone.
        """
        with self.engine.connect() as connection:
            asked = connection.execute(_ASKED).scalars()
            here = ["", *(labels for labels in asked if self.reach.covers(labels))]
            mine = runs.c.pool.in_(self.reach.queues), runs.c.labels.in_(here)
            first = select(runs).where(*mine, *startable(connection))
            ordered = first.order_by(runs.c.priority.desc(), runs.c.created_at).limit(limit)
            return [run_of(row) for row in connection.execute(ordered).mappings()]

    def one(self, run_id: str) -> Run | None:
        """Give a run by its id, whatever its project; None for one that is gone."""
        with self.engine.connect() as connection:
            found = connection.execute(select(runs).where(runs.c.id == run_id))
            row = found.mappings().one_or_none()
            return None if row is None else run_of(row)

    def seen(self, line: WorkerLine) -> None:
        """Note that a worker lives; forget those that have been gone for a day."""
        values = {"state": line.state, "running": line.running, "seen_at": database_now()}
        with self.engine.begin() as connection:
            mine = update(worker).where(worker.c.id == line.id)
            if connection.execute(mine.values(**values)).rowcount == 0:
                row: dict[str, Any] = {
                    "id": line.id,
                    "host": line.host,
                    "pid": line.pid,
                    "concurrency": line.concurrency,
                    "queues": line.queues,
                    "labels": line.labels,
                    "started_at": database_now(),
                }
                connection.execute(insert(worker).values(**row, **values))
            old = worker.c.seen_at < database_now() - _FORGOTTEN
            connection.execute(delete(worker).where(old))

    def clock_off(self) -> float:
        """Tell by how many seconds this machine's clock is ahead of the database's, at least."""
        with self.engine.connect() as connection:
            return clock_off(connection)

    def left(self, worker_id: str) -> None:
        """Forget a worker that has ended in good order."""
        with self.engine.begin() as connection:
            connection.execute(delete(worker).where(worker.c.id == worker_id))

    def lag(self) -> tuple[int, float]:
        """Tell how many runs are due and wait for a worker, and how long the first has, in seconds.

        Whatever their project, queue and labels.
        """
        due = func.coalesce(runs.c.not_before, runs.c.created_at)
        asked = select(func.count(), database_now() - func.min(due)).where(
            is_queued(), runs.c.pool != HERE, due <= database_now()
        )
        with self.engine.connect() as connection:
            number, oldest = connection.execute(asked).one()
        return number, max(0.0, float(oldest or 0.0))

    def workers(self) -> Sequence[WorkerLine]:
        """List the workers, the newest first; one that is silent says so."""
        listed = select(worker, database_now().label("now")).order_by(worker.c.started_at.desc())
        with self.engine.connect() as connection:
            rows = [dict(row) for row in connection.execute(listed).mappings()]
        return [_line(row, row.pop("now")) for row in rows]


def startable(connection: Connection) -> tuple[ColumnElement[bool], ...]:
    """Say which runs of all queues may begin now, as the database stands."""
    rival = runs.alias()
    held = exists().where(
        rival.c.serial_key == runs.c.serial_key, rival.c.state == State.RUNNING.value
    )
    full = [
        not_(and_(runs.c.project == project, acts_at(site)))
        for project, site in full_sites(connection)
    ]
    return (
        runs.c.state == State.QUEUED.value,
        runs.c.cancel_requested.is_not(true()),
        or_(runs.c.not_before.is_(None), runs.c.not_before <= database_now()),
        or_(runs.c.serial_key.is_(None), ~held),
        *full,
    )


def line_of(worker_id: str, concurrency: int, reach: Reach = ANYONE) -> WorkerLine:
    """Describe the calling process as a worker."""
    line = WorkerLine(
        worker_id, platform.node(), os.getpid(), Shift.WORKING.value, concurrency, 0, 0.0, 0.0
    )
    return replace(line, queues=" ".join(reach.queues), labels=reach.labels)


def _line(row: dict[str, Any], now: float) -> WorkerLine:
    silent = now - row["seen_at"] > SILENT
    return WorkerLine(**row | {"state": Shift.SILENT.value if silent else row["state"]})
