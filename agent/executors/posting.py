"""Ids of runs given to Procrastinate, which brings them to workers: the part that writes.

A job holds the id of a run and nothing else. It has no lock: of the runs of one login one is posted
at a time, and a limited site gets as many as it has room for, so that those that must wait do not
wait in workers' hands. The rest stays in the table of runs until its turn has come.
"""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, bindparam, exists, func, not_, select, text, update
from sqlalchemy.exc import OperationalError

from agent.registry import Table
from agent.runs.limit_store import acts_at, rooms
from agent.runs.rows import going
from agent.runs.run import HERE
from agent.runs.states import State
from agent.runs.tables import runs, site_limit
from agent.runs.waiting import startable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection, Engine, Select

    from agent.runs.limit_store import Room
    from agent.runs.whereabouts import Reach

TASK: Final = "run"
ARGUMENT: Final = "run_id"
MOST: Final = 500
"""Runs that are posted at once."""

# A runner that places no run need not load it.
_QUEUE: Table[Any] = Table(
    "procrastinate",
    {
        "manager": "manager:JobManager",
        "connector": "sync_psycopg_connector:SyncPsycopgConnector",
        "job": "jobs:Job",
        "failure": "exceptions:ConnectorException",
    },
)
# The letters of "deliver!".
_ONE_AT_A_TIME: Final = 0x64656C6976657221
_LIVE: Final = exists(
    select(text("1"))
    .select_from(text("procrastinate_jobs AS job"))
    .where(text("job.id = runs.job AND job.status IN ('todo', 'doing')"))
)
_QUEUED: Final = runs.c.state == State.QUEUED.value


def queue_of(pool: str, labels: str) -> str:
    """Name the queue of jobs for a queue of runs and labels; PostgreSQL allows 40 letters."""
    if not labels:
        return pool
    return f"{pool}+{hashlib.sha256(labels.encode()).hexdigest()[:12]}"


def queues_of(reach: Reach) -> list[str]:
    """Name the queues of jobs that a worker takes from: one for each choice of its labels."""
    own = reach.labels.split()
    chosen = [" ".join(some) for size in range(len(own) + 1) for some in combinations(own, size)]
    return [queue_of(pool, labels) for pool in reach.queues for labels in chosen]


@dataclass(frozen=True, slots=True)
class Posting:
    """Posts runs; each call is small, and several processes may make it at once."""

    engine: Engine

    def placed(self, connection: Connection, row: Mapping[Any, Any]) -> int | None:
        """Post a new run at once where nothing holds it back."""
        if row["pool"] == HERE or row.get("not_before") is not None:
            return None
        if self._must_wait(connection, row):
            return None
        return self._post(connection, [row])[0]

    def taken_back(self, connection: Connection, job: int) -> None:
        """Take a job back that waits; tell the worker that has it already."""
        with _translated():
            self._manager.cancel_job_by_id(
                job, abort=True, delete_job=True, connection=_driver(connection)
            )

    def refused(self, run_id: str, job: int) -> None:
        """Note that a delivered run could not be claimed: it is posted again in its turn."""
        mine = update(runs).where(runs.c.id == run_id, runs.c.job == job, _QUEUED)
        with self.engine.begin() as connection:
            connection.execute(mine.values(job=None))

    def reconcile(self) -> int:
        """Find the runs whose jobs are gone, so that they are posted again; tell how many."""
        lost = update(runs).where(_QUEUED, runs.c.job.is_not(None), not_(_LIVE))
        with self.engine.begin() as connection:
            return connection.execute(lost.values(job=None)).rowcount

    def post_due(self) -> int:
        """Post the runs that may begin now and were not posted; tell how many."""
        with self.engine.begin() as connection:
            # Who comes while another is at it looks after that one, and at what it has not seen.
            connection.execute(select(func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))
            # One plan kept for every value compares each waiting run with each other.
            connection.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
            due = list(_due(connection))
            if due:
                numbers = self._post(connection, due)
                posted = [
                    {"run": one["id"], "number": number}
                    for one, number in zip(due, numbers, strict=True)
                ]
                mine = update(runs).where(runs.c.id == bindparam("run"), _QUEUED)
                connection.execute(mine.values(job=bindparam("number")), posted)
            return len(due)

    def _must_wait(self, connection: Connection, row: Mapping[Any, Any]) -> bool:
        rival = select(runs.c.id).where(runs.c.serial_key == row["serial_key"], going())
        if row["serial_key"] and connection.execute(rival.limit(1)).first() is not None:
            return True
        here = site_limit.c.project == row["project"]
        limited = select(site_limit.c.site).where(here, site_limit.c.site.in_(row["sites"].split()))
        return bool(row["sites"]) and connection.execute(limited.limit(1)).first() is not None

    def _post(self, connection: Connection, rows: Sequence[Mapping[Any, Any]]) -> list[int]:
        jobs = [
            _QUEUE["job"](
                queue=queue_of(row["pool"], row["labels"]),
                priority=row["priority"],
                lock=None,
                queueing_lock=None,
                task_name=TASK,
                task_kwargs={ARGUMENT: row["id"]},
            )
            for row in rows
        ]
        with _translated():
            made = self._manager.batch_defer_jobs(jobs, connection=_driver(connection))
        return [job.id for job in made]

    @property
    def _manager(self) -> Any:
        # It works on connections it is given, and has none of its own.
        return _QUEUE["manager"](_QUEUE["connector"]())


def _due(connection: Connection) -> Iterator[Mapping[Any, Any]]:
    """Give the runs to be posted, each once: the first of each login, as many as a site takes."""
    limits = rooms(connection)
    waiting = _first_of_each(connection)
    free = [not_(_acts_in(room)) for room in limits]
    wanted = [waiting.where(*free).limit(MOST)]
    wanted += [
        waiting.where(_acts_in(room)).limit(room.places - posted)
        for room in limits
        if room.places > (posted := _posted(connection, room))
    ]
    seen: set[str] = set()
    for one in wanted:
        for row in connection.execute(one).mappings():
            if row["id"] not in seen:
                seen.add(row["id"])
                yield row


def _first_of_each(connection: Connection) -> Select[Any]:
    ahead = runs.alias()
    posted = exists().where(
        ahead.c.serial_key == runs.c.serial_key,
        # Said as well, or those posted without a login are gone through for each that waits.
        ahead.c.serial_key.is_not(None),
        ahead.c.state == State.QUEUED.value,
        ahead.c.job.is_not(None),
        ahead.c.priority >= runs.c.priority,
    )
    urgency = runs.c.priority.desc(), runs.c.created_at
    login = func.coalesce(runs.c.serial_key, runs.c.id)
    turn = func.row_number().over(partition_by=login, order_by=urgency).label("turn")
    may = *startable(connection), runs.c.pool != HERE, runs.c.job.is_(None), not_(posted)
    first = select(runs.c.id, turn).where(*may).subquery()
    named = select(runs.c.id, runs.c.pool, runs.c.labels, runs.c.priority)
    named = named.join(first, and_(first.c.id == runs.c.id, first.c.turn == 1))
    return named.order_by(*urgency)


def _posted(connection: Connection, room: Room) -> int:
    on_the_way = select(func.count()).where(_QUEUED, runs.c.job.is_not(None), _acts_in(room))
    return int(connection.execute(on_the_way).scalar_one())


def _acts_in(room: Room) -> ColumnElement[bool]:
    return and_(runs.c.project == room.project, acts_at(room.site))


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


@contextmanager
def _translated() -> Iterator[None]:
    """Let a failure of the queue look like any other of the database."""
    try:
        yield
    except _QUEUE["failure"] as error:
        cause = error.__cause__ or error
        raise OperationalError("the queue", None, cause) from None
