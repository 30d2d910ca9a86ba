"""Why a run still waits, in words for people."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from agent.runs.limit_store import full_sites
from agent.runs.run import HERE
from agent.runs.states import State
from agent.runs.tables import database_now, runs
from agent.runs.waiting import Shift, Waiting
from agent.runs.whereabouts import Reach

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from agent.runs.run import Run

HAND_FREE: Final = "a worker with a hand free"


def why_waiting(engine: Engine, run: Run) -> str:
    """Say what a queued run waits for; empty for one that does not wait."""
    if run.state is not State.QUEUED:
        return ""
    with engine.connect() as connection:
        told = _time(connection, run) or _login(connection, run) or _site(connection, run)
    return told or _worker(engine, run)


def _time(connection: Connection, run: Run) -> str:
    now = connection.execute(select(database_now())).scalar_one()
    if run.not_before is None or run.not_before <= now:
        return ""
    at = datetime.fromtimestamp(run.not_before).astimezone()
    return f"its time, {at.isoformat(' ', 'seconds')}"


def _login(connection: Connection, run: Run) -> str:
    mine = select(runs.c.serial_key).where(runs.c.id == run.id).scalar_subquery()
    going = runs.c.serial_key == mine, runs.c.state == State.RUNNING.value
    # It may have begun itself meanwhile.
    others = select(runs.c.id).where(*going, runs.c.id != run.id)
    other = connection.execute(others).scalars().first()
    return "" if other is None else f"run {other[:8]}, which uses the same login"


def _site(connection: Connection, run: Run) -> str:
    full = [site for project, site in full_sites(connection) if project == run.project]
    mine = [site for site in full if site in run.sites.split()]
    return f"{mine[0]}, which is at its limit" if mine else ""


def _worker(engine: Engine, run: Run) -> str:
    if run.pool == HERE:
        return "the program that carries it out"
    there = [one for one in Waiting(engine).workers() if one.state == Shift.WORKING.value]
    reaches = [Reach(tuple(one.queues.split()), one.labels) for one in there]
    if any(run.pool in one.queues and one.covers(run.labels) for one in reaches):
        return HAND_FREE
    marked = f" and has the labels {run.labels}" if run.labels else ""
    return f"a worker that takes from the queue {run.pool}{marked}: there is none"
