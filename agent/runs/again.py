"""Runs that failed and are begun again: where their task says so, and nothing stands against it."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING, Final, Protocol

from sqlalchemy import true, update

from agent.runs.events import REQUEUED, note
from agent.runs.patience import written
from agent.runs.rows import held_by
from agent.runs.states import OnFailed, State
from agent.runs.tables import database_now, runs
from agent.runs.takeovers import forget

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

    from agent.planner import Plan
    from agent.runs.claim import Claim
    from agent.runs.course import Course
    from agent.runs.report import Report
    from agent.runs.store import RunStore

FIRST_PAUSE: Final = 10.0
"""Seconds after the first failure; twice as many after each one more."""
_PASSES: Final = frozenset(
    {
        "step_failed",
        "site_unreachable",
        "timeout",
        "totp_busy",
        "secret_busy",
        "source_busy",
        "source_unavailable",
        "disk_full",
    }
)
"""Outcomes that may be others the next time: none of a wrong password, a missing right, a typo."""


def may_pass(plan: Plan, course: Course, report: Report) -> bool:
    """Tell whether a run is to be begun again, as far as task and failure are concerned.

    Not where a password or a code went out: none is tried twice by itself.
    """
    asked = plan.document.get("on_failed") == OnFailed.REQUEUE.value
    failed = report.status == State.FAILED.value and report.outcome in _PASSES
    return asked and failed and not course.tried


class Place(Protocol):
    """Where a run is carried out."""

    @property
    def store(self) -> RunStore:
        """The record of runs."""

    @property
    def runs_folder(self) -> Path:
        """Where runs leave things."""


async def queued_again(place: Place, claim: Claim, report: Report) -> bool:
    """Queue a failed run again, and remove what this attempt left.

    False, and nothing done, where no attempt is left, somebody asked that it stop, or the claim is
    stale.
    """
    why = report.error.message if report.error else report.outcome
    store = place.store
    if not await written(begin_again, store.engine, claim, why, patience=store.times.ttl):
        return False
    left = place.runs_folder / claim.run_id
    await asyncio.to_thread(shutil.rmtree, left, ignore_errors=True)
    return True


def begin_again(engine: Engine, claim: Claim, why: str) -> bool:
    """Write that a run waits once more, after a pause; ``why`` is told to who looks at it."""
    pause = FIRST_PAUSE * 2 ** (claim.attempt - 1)
    left = runs.c.attempt < runs.c.max_attempts, runs.c.cancel_requested.is_not(true())
    waits = {
        "state": State.QUEUED.value,
        "not_before": database_now() + pause,
        "error": why,
        "report": None,
        "lease_until": None,
        "job": None,
    }
    with engine.begin() as connection:
        changed = update(runs).where(*held_by(claim), *left).values(**waits)
        if connection.execute(changed).rowcount != 1:
            return False
        note(connection, claim.run_id, (REQUEUED, {"why": why, "after": pause}))
        forget(connection, [claim.run_id])
        return True
