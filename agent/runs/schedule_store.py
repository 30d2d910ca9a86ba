"""Schedules and their due times, in the database of the runs.

A due time is had by whoever moves the schedule on from it, in the transaction that writes what
became of it: with many schedulers, each due time is dealt with once.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from agent.errors import NotFound, UsageError
from agent.runs.tables import database_now, schedule, schedule_tick

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Engine

LATE: Final = 3600.0
"""Seconds after which a due time that nobody was there for is left out."""
_LONG: Final = 60.0
_CUT: Final = "it was cut short"

Schedules = list["Schedule"]
Ticks = list["Tick"]
Taken = list[tuple[float, "Schedule"]]


class Ticked(StrEnum):
    """What became of a due time."""

    STARTED = "started"
    SKIPPED = "skipped"
    MISSED = "missed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Schedule:
    """One schedule; ``next_at`` is when it is due next, ``wanted`` what is ordered then."""

    id: str
    project: str
    name: str
    cron: str
    zone: str
    overlap: str
    paused: bool
    next_at: float
    mode: str
    wanted: Mapping[str, Any]
    created_by: str
    created_at: float


@dataclass(frozen=True, slots=True)
class Tick:
    """One due time that has passed, and why no run was started where none was."""

    due: float
    outcome: str
    run_id: str | None
    why: str


@dataclass(frozen=True, slots=True)
class ScheduleStore:
    """The schedules of one project; ``due`` and ``move_on`` are for those of every project."""

    engine: Engine
    project: str

    def add(self, fields: Mapping[str, Any]) -> Schedule:
        """Keep a new schedule. Raises ``UsageError`` where there is one of its name."""
        row = {"id": str(uuid.uuid4()), "project": self.project, "created_at": database_now()}
        self._write(insert(schedule).values(**row, **_row(fields)), str(fields["name"]))
        return self.get(str(row["id"]))

    def change(self, schedule_id: str, fields: Mapping[str, Any]) -> Schedule:
        """Put other words in the place of a schedule's. Raises as ``add`` does."""
        changed = update(schedule).where(schedule.c.id == schedule_id, self._ours)
        self._write(changed.values(**_row(fields)), str(fields.get("name", "")))
        return self.get(schedule_id)

    def delete(self, schedule_id: str) -> None:
        """Take a schedule away, and what is known of its due times; runs of it stay."""
        with self.engine.begin() as connection:
            connection.execute(delete(schedule).where(schedule.c.id == schedule_id, self._ours))
            old = delete(schedule_tick).where(schedule_tick.c.schedule_id == schedule_id)
            connection.execute(old)

    def get(self, id_or_name: str) -> Schedule:
        """Find a schedule by its id or name. Raises ``NotFound``."""
        known = (schedule.c.id == id_or_name) | (schedule.c.name == id_or_name)
        found = self._read(and_(known, self._ours))
        if not found:
            raise NotFound(
                f"there is no schedule {id_or_name!r:.120}", hint="runner schedules list"
            )
        return next((one for one in found if one.id == id_or_name), found[0])

    def list(self) -> Schedules:
        """Give the schedules by name."""
        return self._read(self._ours)

    def ticks(self, schedule_id: str, limit: int) -> Ticks:
        """Give the newest due times that have passed."""
        mine = select(schedule_tick).where(schedule_tick.c.schedule_id == schedule_id)
        newest = mine.order_by(schedule_tick.c.due.desc()).limit(limit)
        with self.engine.connect() as connection:
            rows = connection.execute(newest).all()
        return [Tick(row.due, row.outcome, row.run_id, row.why) for row in rows]

    def due(self) -> tuple[Schedules, float]:
        """Give the schedules of every project that are due, and the database's time."""
        with self.engine.connect() as connection:
            now = float(connection.execute(select(database_now())).scalar_one())
        return self._read(and_(schedule.c.next_at <= now, schedule.c.paused.is_(False))), now

    def move_on(self, one: Schedule, next_at: float) -> bool:
        """Take a schedule's due time; False where another scheduler was quicker."""
        mine = update(schedule).where(schedule.c.id == one.id, schedule.c.next_at == one.next_at)
        row = {"schedule_id": one.id, "due": one.next_at, "outcome": Ticked.MISSED.value}
        try:
            with self.engine.begin() as connection:
                if connection.execute(mine.values(next_at=next_at)).rowcount != 1:
                    return False
                connection.execute(insert(schedule_tick).values(**row, why=_CUT))
        except IntegrityError:
            return False
        return True

    def cut_short(self) -> Taken:
        """Give the due times that were taken a while ago and not dealt with: who did it is gone."""
        tick, one = schedule_tick.c, schedule.c
        taken = select(schedule, tick.due).join_from(
            schedule, schedule_tick, tick.schedule_id == one.id
        )
        late = tick.due.between(database_now() - LATE, database_now() - _LONG)
        left = tick.outcome == Ticked.MISSED.value, tick.why == _CUT
        cut = taken.where(*left, late, one.paused.is_(False))
        with self.engine.connect() as connection:
            rows = [dict(row) for row in connection.execute(cut).mappings()]
        return [(due, _schedule(row)) for row in rows if (due := row.pop("due"))]

    def note(self, one: Schedule, tick: Tick) -> None:
        """Write what became of a due time that was taken."""
        mine = update(schedule_tick).where(
            schedule_tick.c.schedule_id == one.id, schedule_tick.c.due == tick.due
        )
        values = {"outcome": tick.outcome, "run_id": tick.run_id, "why": tick.why}
        with self.engine.begin() as connection:
            connection.execute(mine.values(**values))

    @property
    def _ours(self) -> Any:
        return schedule.c.project == self.project

    def _write(self, statement: Any, name: str) -> None:
        try:
            with self.engine.begin() as connection:
                connection.execute(statement)
        except IntegrityError:
            raise UsageError(f"there is a schedule named {name!r:.120} already") from None

    def _read(self, condition: Any) -> Schedules:
        chosen = select(schedule).where(condition).order_by(schedule.c.name)
        with self.engine.connect() as connection:
            rows = [dict(row) for row in connection.execute(chosen).mappings()]
        return [_schedule(row) for row in rows]


def _schedule(row: dict[str, Any]) -> Schedule:
    return Schedule(**row | {"wanted": json.loads(row["wanted"])})


def _row(fields: Mapping[str, Any]) -> dict[str, Any]:
    row = dict(fields)
    if "wanted" in row:
        row["wanted"] = json.dumps(row["wanted"], ensure_ascii=False)
    return row
