"""What waits for a worker, whatever its project, and the workers there are."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, exists, insert, or_, select, true, update

from agent.runs.clocks import clock_off
from agent.runs.rows import run_of
from agent.runs.run import PLAIN, Run
from agent.runs.states import State
from agent.runs.tables import database_now, runs, worker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

SILENT: Final = 20.0
"""Seconds after which a worker that was not heard of is taken for gone."""
_FORGOTTEN: Final = 86_400.0


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


@dataclass(frozen=True, slots=True)
class Waiting:
    """The queue, read by those who work it off."""

    engine: Engine

    def due(self, limit: int) -> Sequence[Run]:
        """Give runs that may begin now: the most urgent first, then the oldest.

        That is a look and no right: a run is had by its claim alone.
        """
        rival = runs.alias()
        held = exists().where(
            rival.c.serial_key == runs.c.serial_key, rival.c.state == State.RUNNING.value
        )
        may = (
            runs.c.state == State.QUEUED.value,
            runs.c.pool == PLAIN.pool,
            runs.c.cancel_requested.is_not(true()),
            or_(runs.c.not_before.is_(None), runs.c.not_before <= database_now()),
            or_(runs.c.serial_key.is_(None), ~held),
        )
        first = select(runs).where(*may).order_by(runs.c.priority.desc(), runs.c.created_at)
        with self.engine.connect() as connection:
            rows = connection.execute(first.limit(limit)).mappings()
            return [run_of(row) for row in rows]

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

    def workers(self) -> Sequence[WorkerLine]:
        """List the workers, the newest first; one that is silent says so."""
        listed = select(worker, database_now().label("now")).order_by(worker.c.started_at.desc())
        with self.engine.connect() as connection:
            rows = [dict(row) for row in connection.execute(listed).mappings()]
        return [_line(row, row.pop("now")) for row in rows]


def line_of(worker_id: str, concurrency: int) -> WorkerLine:
    """Describe the calling process as a worker."""
    host, pid = platform.node(), os.getpid()
    return WorkerLine(worker_id, host, pid, Shift.WORKING.value, concurrency, 0, 0.0, 0.0)


def _line(row: dict[str, Any], now: float) -> WorkerLine:
    silent = now - row["seen_at"] > SILENT
    return WorkerLine(**row | {"state": Shift.SILENT.value if silent else row["state"]})
