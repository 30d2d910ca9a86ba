"""What happens in a run, in order: written with what it tells of, and read by whoever watches.

Events are numbered from 1 for each run, without a gap, and never change, so a reader who names the
last one it has gets exactly the rest. A change of a run's state and its event are one transaction.
Nothing in an event can hold a secret: texts are cleaned before they come here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, insert, select

from agent.runs.tables import database_now, run_event

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import Connection, Engine

QUEUED: Final = "queued"
STARTED: Final = "started"
CANCEL_ASKED: Final = "cancel_asked"
REQUEUED: Final = "requeued"
ENDED: Final = "ended"
"""The last event of a run, whatever became of it."""
MOST: Final = 500
"""Events that are read at once."""


@dataclass(frozen=True, slots=True)
class RunEvent:
    """One thing that happened; ``id`` counts from 1 in its run, ``at`` is in unix seconds."""

    id: int
    at: float
    kind: str
    data: Mapping[str, Any] = field(default_factory=dict)


Told = tuple[str, "Mapping[str, Any]"]
"""An event before it is written: its kind, and what it tells."""


def note(connection: Connection, run_id: str, *told: Told) -> None:
    """Write events inside a transaction that has changed the run's own row already.

    That row's lock is what gives each event its number alone, on PostgreSQL as on SQLite.
    """
    newest = select(func.coalesce(func.max(run_event.c.number), 0))
    before = connection.execute(newest.where(run_event.c.run_id == run_id)).scalar_one()
    rows = [
        {"run_id": run_id, "number": number, "kind": kind, "body": _written(data)}
        for number, (kind, data) in enumerate(told, start=before + 1)
    ]
    connection.execute(insert(run_event).values(at=database_now()), rows)


def since(engine: Engine, run_id: str, after: int, limit: int = MOST) -> list[RunEvent]:
    """Give the events of a run that come after one, the oldest first."""
    wanted = run_event.c.run_id == run_id, run_event.c.number > after
    chosen = select(run_event).where(*wanted).order_by(run_event.c.number).limit(limit)
    with engine.connect() as connection:
        rows = connection.execute(chosen).all()
    return [RunEvent(row.number, row.at, row.kind, json.loads(row.body)) for row in rows]


def newest(engine: Engine, run_ids: Collection[str]) -> dict[str, int]:
    """Give the number of the newest event of each run that has one."""
    found = select(run_event.c.run_id, func.max(run_event.c.number))
    grouped = found.where(run_event.c.run_id.in_(run_ids)).group_by(run_event.c.run_id)
    with engine.connect() as connection:
        return {row[0]: row[1] for row in connection.execute(grouped)}


def ending(state: str, outcome: str | None, error: str | None = None) -> Told:
    """Make the event of a run's end."""
    told = {"state": state, "outcome": outcome, "why": error}
    return ENDED, {name: value for name, value in told.items() if value is not None}


def numbered(told: Sequence[Told], before: int, at: float) -> list[RunEvent]:
    """Make events of what is told, for a store that keeps them in memory."""
    return [
        RunEvent(number, at, kind, json.loads(_written(data)))
        for number, (kind, data) in enumerate(told, start=before + 1)
    ]


def _written(data: Mapping[str, Any]) -> str:
    return json.dumps(dict(data), ensure_ascii=False, separators=(",", ":"))
