"""How a run is read out of its row, and what is written over it when its worker went away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, bindparam, case, null, select, true, update

from agent.runs.run import HERE, TO_BEGIN, Run
from agent.runs.states import OnLost, State
from agent.runs.tables import database_now, runs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement, Connection, FromClause, Update

    from agent.runs.claim import Claim
    from agent.runs.run import Terms

FIRST_PROJECT: Final = "default"
_SEP: Final = "\x1f"


def going(table: FromClause = runs) -> ColumnElement[bool]:
    """Say that a run is queued or running, in the words of the index of those.

    SQLite takes a partial index only where a statement says the index's own condition, spelled out.
    """
    states = [State.QUEUED.value, State.RUNNING.value]
    return table.c.state.in_(bindparam(None, states, expanding=True, literal_execute=True))


def is_running(table: FromClause = runs) -> ColumnElement[bool]:
    """Say that a run is running, so that those which have ended are not looked at."""
    return and_(going(table), table.c.state == State.RUNNING.value)


def is_queued(table: FromClause = runs) -> ColumnElement[bool]:
    """Say that a run is queued, so that those which have ended are not looked at."""
    return and_(going(table), table.c.state == State.QUEUED.value)


def stored_key(key: str | None, project: str) -> str | None:
    """Give a submitter's key as it is stored: each project has its own."""
    return key if key is None or project == FIRST_PROJECT else f"{project}{_SEP}{key}"


def run_of(row: Mapping[Any, Any]) -> Run:
    """Read a run out of its row."""
    fields = {**row, "state": State(row["state"]), "on_lost": OnLost(row["on_lost"])}
    for name in ("idem_key", "serial_key"):
        if row[name] is not None:
            fields[name] = row[name].removeprefix(f"{row['project']}{_SEP}")
    return Run(**fields)


def times_of(terms: Terms) -> dict[str, Any]:
    """Give when a new run was made and may begin, by the database's clock."""
    made: dict[str, Any] = {"created_at": database_now()}
    if terms.after is not None:
        made["not_before"] = database_now() + terms.after
    if terms.pool == HERE:
        # Who submitted it is about to begin it. Where they end before that, nobody else can.
        made["lease_until"] = database_now() + TO_BEGIN
    return made


def held_by(claim: Claim) -> tuple[ColumnElement[bool], ...]:
    """Give what is true of a run's row for as long as a claim of it stands."""
    return (
        runs.c.id == claim.run_id,
        runs.c.attempt == claim.attempt,
        runs.c.worker == claim.worker,
        runs.c.state == State.RUNNING.value,
    )


def holds(connection: Connection, claim: Claim) -> bool:
    """Tell whether a claim holds, and keep it so until the caller's transaction ends.

    On SQLite that takes a transaction which has written already.
    """
    mine = select(runs.c.id).where(*held_by(claim), runs.c.lease_until >= database_now())
    held = connection.execute(mine.with_for_update(read=True)).scalar_one_or_none()
    return held is not None


def freely(*what: ColumnElement[bool]) -> Update:
    """Begin an update of rows that nobody holds: two that sweep would wait for each other's."""
    free = select(runs.c.id).where(*what).with_for_update(skip_locked=True)
    return update(runs).where(*what, runs.c.id.in_(free))


def lost(why: str) -> dict[str, Any]:
    """Give what is written over a run that stopped half-way.

    It is queued again where that was asked for and attempts are left, cancelled where a person
    wanted it to stop, and interrupted else.
    """
    again = and_(
        runs.c.on_lost == OnLost.REQUEUE.value,
        runs.c.attempt < runs.c.max_attempts,
        runs.c.cancel_requested.is_not(true()),
    )
    ended = case(
        (runs.c.cancel_requested.is_(true()), State.CANCELLED.value),
        else_=State.INTERRUPTED.value,
    )
    return {
        "state": case((again, State.QUEUED.value), else_=ended),
        "outcome": case((again, null()), else_=ended),
        "finished_at": case((again, null()), else_=database_now()),
        "error": why,
        "lease_until": None,
        "job": None,
    }


def given_back() -> dict[str, Any]:
    """Give what is written over a run that was claimed and not begun; one to be cancelled is."""
    stops = runs.c.cancel_requested.is_(true())
    return {
        "state": case((stops, State.CANCELLED.value), else_=State.QUEUED.value),
        "outcome": case((stops, State.CANCELLED.value), else_=null()),
        "finished_at": case((stops, database_now()), else_=null()),
        "worker": None,
        "lease_until": None,
        "job": None,
    }


def stopped(report: str) -> dict[str, Any]:
    """Give what a worker writes that stopped half-way itself; a run queued again has no report."""
    values = lost("its worker stopped")
    queued = values["state"] == State.QUEUED.value
    return values | {"error": None, "report": case((queued, null()), else_=report)}
