"""The table of runs: the only authority on what may run.

The partial unique index is what makes two runs of one key at once impossible to *store*, in SQLite
and in PostgreSQL alike; no code above it has to be right for that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.sql.compiler import SQLCompiler

REVISION = "runs0009"

metadata = MetaData()

runs = Table(
    "runs",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("task", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("serial_key", Text),
    Column("idem_key", Text, unique=True),
    Column("pool", Text, nullable=False, server_default="default"),
    Column("priority", Integer, nullable=False, server_default="0"),
    Column("on_lost", String(16), nullable=False, server_default="interrupt"),
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("max_attempts", Integer, nullable=False, server_default="1"),
    Column("worker", Text),
    Column("lease_until", Float(53)),
    Column("not_before", Float(53)),
    Column("cancel_requested", Boolean, nullable=False, server_default=false()),
    Column("step", Integer),
    Column("step_title", Text),
    Column("outcome", Text),
    Column("error", Text),
    Column("params", Text, nullable=False),
    Column("report", Text),
    Column("created_at", Float(53), nullable=False),
    Column("started_at", Float(53)),
    Column("finished_at", Float(53)),
    Column("project", Text, nullable=False, server_default="default"),
    Column("mode", String(8), nullable=False, server_default="test"),
    Column("task_id", Text, nullable=False, server_default=""),
    Column("task_version", Integer, nullable=False, server_default="0"),
    Column("asked_by", Text, nullable=False, server_default=""),
    Column("request", Text, nullable=False, server_default=""),
    Column("options", Text, nullable=False, server_default=""),
    Column("labels", Text, nullable=False, server_default=""),
    Column("sites", Text, nullable=False, server_default=""),
    Column("job", BigInteger),
)


def _partial(name: str, rows: str, *columns: ColumnElement[Any], unique: bool = False) -> None:
    words = text(rows)
    Index(name, *columns, unique=unique, sqlite_where=words, postgresql_where=words)


Index("runs_by_state", runs.c.project, runs.c.state, runs.c.created_at)
Index("runs_by_project", runs.c.project, runs.c.created_at)
Index("runs_by_task", runs.c.task_id, runs.c.created_at)
_partial("one_running_per_key", "state = 'running'", runs.c.serial_key, unique=True)
# Who looks for work, many times a minute, reads what waits and nothing else.
_partial("runs_waiting", "state = 'queued'", runs.c.priority.desc(), runs.c.created_at)
_partial("runs_labelled", "state = 'queued' AND labels <> ''", runs.c.labels)
# What goes on is found without a look at what has ended, however much that is; see ``rows.going``.
_partial("runs_going", "state IN ('queued', 'running')", runs.c.state, runs.c.created_at)
_partial("runs_in_line", "state IN ('queued', 'running')", runs.c.serial_key)

# ``tokens`` are the runs that may begin at once, refilled with ``per_minute`` up to ``burst``.
site_limit = Table(
    "site_limit",
    metadata,
    Column("project", Text, primary_key=True),
    Column("site", Text, primary_key=True),
    Column("concurrency", Integer),
    Column("per_minute", Float(53)),
    Column("burst", Integer, nullable=False),
    Column("tokens", Float(53), nullable=False),
    Column("filled_at", Float(53), nullable=False),
)

# What happened in a run, in the order it was written; rows are only ever added.
run_event = Table(
    "run_event",
    metadata,
    Column("run_id", String(36), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Float(53), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("body", Text, nullable=False),
)

task = Table(
    "task",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("project", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("current", Integer, nullable=False),
    Column("deleted_at", Float(53)),
)

# A deleted task's name is free again.
_partial("task_name", "deleted_at IS NULL", task.c.project, task.c.name, unique=True)

# A version never changes; the same content is the same version.
task_version = Table(
    "task_version",
    metadata,
    Column("task_id", String(36), ForeignKey("task.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("digest", String(64), nullable=False),
    Column("document", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", Float(53), nullable=False),
    UniqueConstraint("task_id", "digest", name="task_content"),
)

# What is ordered at each due time stands in ``wanted``, as JSON without a value.
schedule = Table(
    "schedule",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("project", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("cron", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("overlap", String(16), nullable=False),
    Column("paused", Boolean, nullable=False),
    Column("next_at", Float(53), nullable=False),
    Column("mode", String(8), nullable=False),
    Column("wanted", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", Float(53), nullable=False),
    UniqueConstraint("project", "name", name="schedule_name"),
)
Index("schedules_due", schedule.c.next_at)

# A due time that has passed has one row, whoever got there first.
schedule_tick = Table(
    "schedule_tick",
    metadata,
    Column("schedule_id", String(36), primary_key=True),
    Column("due", Float(53), primary_key=True),
    Column("outcome", String(16), nullable=False),
    Column("run_id", String(36)),
    Column("why", Text, nullable=False),
)

webhook = Table(
    "webhook",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("project", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("states", Text, nullable=False),
    Column("local", Boolean, nullable=False),
    Column("paused", Boolean, nullable=False),
    Column("secret_id", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", Float(53), nullable=False),
    UniqueConstraint("project", "name", name="webhook_name"),
)

# What is on its way: one row for each webhook and run, written with the run's end.
delivery = Table(
    "delivery",
    metadata,
    Column("webhook_id", String(36), primary_key=True),
    Column("message_id", Text, primary_key=True),
    Column("body", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_at", Float(53), nullable=False),
    Column("status", Integer),
    Column("why", Text, nullable=False),
    Column("created_at", Float(53), nullable=False),
)
Index("deliveries_due", delivery.c.state, delivery.c.next_at)

# Processes that carry out runs; ``seen_at`` is by the database's clock.
worker = Table(
    "worker",
    metadata,
    Column("id", Text, primary_key=True),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("concurrency", Integer, nullable=False),
    Column("running", Integer, nullable=False),
    Column("started_at", Float(53), nullable=False),
    Column("seen_at", Float(53), nullable=False),
    Column("queues", Text, nullable=False, server_default="default"),
    Column("labels", Text, nullable=False, server_default=""),
)

# Runs that wait for a person. ``holder`` is the id of the one who has the page, until
# ``held_until``; pictures are taken until ``watched_until``. All times are the database's.
takeover = Table(
    "takeover",
    metadata,
    Column("run_id", String(36), primary_key=True),
    Column("attempt", Integer, nullable=False),
    Column("why", String(32), nullable=False),
    Column("message", Text, nullable=False),
    Column("since", Float(53), nullable=False),
    Column("until", Float(53), nullable=False),
    Column("holder", Text, nullable=False, server_default=""),
    Column("holder_name", Text, nullable=False, server_default=""),
    Column("held_until", Float(53), nullable=False, server_default="0"),
    Column("watched_until", Float(53), nullable=False, server_default="0"),
    Column("acts", Integer, nullable=False, server_default="0"),
    Column("given_back", Boolean, nullable=False, server_default=false()),
    Column("frame", Integer, nullable=False, server_default="0"),
    Column("unseen", Text, nullable=False, server_default=""),
)

# The newest masked picture of a page somebody looks at, sealed; never more than one for a run.
takeover_frame = Table(
    "takeover_frame",
    metadata,
    Column("run_id", String(36), primary_key=True),
    Column("number", Integer, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("term", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

# What a person did and the worker has not done yet, sealed: a key may be one of a password.
takeover_act = Table(
    "takeover_act",
    metadata,
    Column("run_id", String(36), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("term", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)


class database_now(FunctionElement[float]):  # noqa: N801 - reads as the SQL function it is
    """The database's clock in unix seconds, to the millisecond.

    Leases are set and judged by this clock only, so workers whose clocks differ still agree.
    """

    type = Float(53)
    inherit_cache = True


@compiles(database_now, "sqlite")
def _sqlite_now(_element: database_now, _compiler: SQLCompiler, **_: Any) -> str:
    # julianday: Debian 12's SQLite 3.40 has no unixepoch('subsec').
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(database_now, "postgresql")
def _postgresql_now(_element: database_now, _compiler: SQLCompiler, **_: Any) -> str:
    return "extract(epoch from clock_timestamp())::double precision"
