"""The store of runs over SQLite or PostgreSQL: claim, lease, fenced finish.

Every method is one small transaction. A right is never read and then used: it is asked for and
checked by the same ``UPDATE … WHERE``, so two workers cannot both get it.
"""

from __future__ import annotations

import uuid
from copy import copy
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, insert, or_, select, true, tuple_, update
from sqlalchemy.exc import IntegrityError

from agent.runs.claim import USUAL, Claim, LeaseTimes, boottime
from agent.runs.delivery import LOOKED_FOR
from agent.runs.ended import EndedRuns
from agent.runs.endings import GONE, LAPSED, LEFT
from agent.runs.events import (
    CANCEL_ASKED,
    QUEUED,
    REQUEUED,
    STARTED,
    ending,
    note,
)
from agent.runs.limit_store import admitted
from agent.runs.rows import (
    FIRST_PROJECT,
    freely,
    given_back,
    going,
    held_by,
    is_queued,
    is_running,
    lost,
    run_of,
    stopped,
    times_of,
)
from agent.runs.run import HERE, PLAIN, Run, Terms
from agent.runs.states import State
from agent.runs.tables import database_now, runs
from agent.runs.takeovers import Takeovers, forget
from agent.runs.webhook_store import queue_deliveries
from agent.runs.worker import is_gone

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection, Engine, Update

    from agent.runs.delivery import Delivery
    from agent.runs.events import Told

__all__ = ["Run", "RunStore"]

Runs = list[Run]
Ids = list[str]
States = list[tuple[str, str]]

_RUNNING = runs.c.state == State.RUNNING.value
_QUEUED = runs.c.state == State.QUEUED.value


class RunStore(EndedRuns):
    """Runs in the table of ``agent.runs.tables``, which must exist.

    ``gone`` tells whether a worker id certainly belongs to a dead process. Runs are added to
    ``project`` and found in it; another project's run does not exist here. Only what a claim or a
    lease allows is done by id alone. Calls block: from a coroutine use ``asyncio.to_thread``; who
    waits for events does so at the ``feed``.
    """

    def __init__(
        self,
        engine: Engine,
        times: LeaseTimes = USUAL,
        gone: Callable[[str], bool] = is_gone,
        *,
        project: str = FIRST_PROJECT,
    ) -> None:
        super().__init__(engine, project)
        self._gone = gone
        self.delivery: Delivery = LOOKED_FOR
        self.times = times

    def add(self, task_name: str, params: str, terms: Terms = PLAIN) -> Run:
        """Record a queued run; ``params`` is its plan as JSON, which names secrets only.

        A second submission with one ``idem_key`` gives the first one's run and records nothing.
        """
        row = terms.columns() | {
            "id": str(uuid.uuid4()),
            "task": task_name,
            "state": State.QUEUED.value,
            "params": params,
            "serial_key": self._key(terms.serial_key),
            "idem_key": self._key(terms.idem_key),
            "on_lost": terms.on_lost.value,
            "project": self.project,
        }
        try:
            with self._engine.begin() as connection:
                whole = row | times_of(terms)
                whole["job"] = self.delivery.placed(connection, whole)
                connection.execute(insert(runs).values(whole))
                note(connection, row["id"], (QUEUED, {"task": task_name, "mode": terms.mode}))
        except IntegrityError:
            if terms.idem_key is None:
                raise
            return self._only(runs.c.idem_key == self._key(terms.idem_key), terms.idem_key)
        return self._only(runs.c.id == row["id"], task_name)

    def claim(self, run_id: str, worker: str) -> Claim | None:
        """Take the next attempt of a queued run; None where it is not to be had now.

        That is: another worker has it, it is not due, it was cancelled, a run with the same serial
        key is running, or a site it acts at is at its limit.
        """
        since = boottime()
        statement = (
            update(runs)
            .where(runs.c.id == run_id, _QUEUED, runs.c.cancel_requested.is_not(true()))
            .where(or_(runs.c.not_before.is_(None), runs.c.not_before <= database_now()))
            .values(
                state=State.RUNNING.value,
                attempt=runs.c.attempt + 1,
                worker=worker,
                lease_until=database_now() + self.times.ttl,
                started_at=database_now(),
                step=None,
                step_title=None,
                error=None,
                report=None,
            )
            .returning(runs.c.attempt, runs.c.project, runs.c.sites)
        )
        try:
            with self._engine.connect() as connection:
                taken = connection.execute(statement).mappings().one_or_none()
                if taken is None or not admitted(connection, taken):
                    return None
                note(connection, run_id, (STARTED, {"attempt": taken["attempt"]}))
                connection.commit()
        except IntegrityError:
            return None  # one_running_per_key
        return Claim(run_id, taken["attempt"], worker, since)

    def wait(self, run_id: str, worker: str) -> Runs:
        """Note that a worker waits for a queued run's turn; gives the runs that go before it.

        That is the one with its serial key that is running, and those with it that were queued
        earlier and are waited for.
        """
        queued = update(runs).where(runs.c.id == run_id, _QUEUED)
        self._write(queued.values(worker=worker, lease_until=database_now() + self.times.ttl))
        mine = runs.alias()
        waited_for = and_(
            _QUEUED,
            runs.c.lease_until >= database_now(),
            tuple_(runs.c.created_at, runs.c.id) < tuple_(mine.c.created_at, mine.c.id),
        )
        rivals = (
            select(runs)
            .join(mine, mine.c.serial_key == runs.c.serial_key)
            .where(going(), mine.c.id == run_id, runs.c.id != run_id, or_(_RUNNING, waited_for))
            .order_by(_QUEUED, runs.c.created_at, runs.c.id)
        )
        return [run for run in self._read(rivals) if not self._gone(run.worker or "")]

    def renew(self, claim: Claim) -> bool:
        """Make the lease last again; False when the claim no longer holds."""
        return self._write(self._mine(claim).values(lease_until=database_now() + self.times.ttl))

    def step_started(self, claim: Claim, index: int, title: str) -> bool:
        """Note which step begins; False when the claim no longer holds."""
        return self._write(self._mine(claim).values(step=index, step_title=title))

    def so_far(self, claim: Claim, report: str) -> bool:
        """Keep how far a run has come, before it does what it must not do twice."""
        return self._write(self._mine(claim).values(report=report))

    def told(self, claim: Claim, told: Sequence[Told]) -> bool:
        """Add to what happened in a run; False, and nothing written, when the claim is stale."""
        with self._engine.begin() as connection:
            mine = self._mine(claim).values(attempt=runs.c.attempt)
            if connection.execute(mine).rowcount != 1:
                return False
            note(connection, claim.run_id, *told)
        return True

    def finish(self, claim: Claim, state: State, outcome: str, report: str) -> bool:
        """End the run with its report; False, and nothing written, when the claim is stale.

        A run that was interrupted is queued again instead, where it was submitted to be.
        """
        if state is State.INTERRUPTED:
            return bool(self._take(self._mine(claim).values(**stopped(report))))
        ended = self._mine(claim).values(
            state=State(state).value,
            outcome=outcome,
            report=report,
            lease_until=None,
            finished_at=database_now(),
        )
        return bool(self._take(ended))

    def hand_back(self, claim: Claim) -> bool:
        """Queue a run again that was claimed and not begun, or cancel it where that was asked."""
        return bool(self._take(self._mine(claim).values(**given_back())))

    def cancel(self, run_id: str) -> State:
        """Cancel a queued run at once; ask the worker of a running one to stop. Gives the state."""
        queued = update(runs).where(runs.c.id == run_id, self._ours, _QUEUED)
        ended = {"outcome": State.CANCELLED.value, "finished_at": database_now()}
        if not self._take(queued.values(state=State.CANCELLED.value, **ended)):
            self._ask(run_id)
        return self.get(run_id).state

    def _ask(self, run_id: str) -> None:
        first = runs.c.cancel_requested.is_not(true())
        asked = update(runs).where(runs.c.id == run_id, self._ours, _RUNNING, first)
        with self._engine.begin() as connection:
            done = connection.execute(asked.values(cancel_requested=True).returning(runs.c.job))
            for job in done.scalars().all():
                note(connection, run_id, (CANCEL_ASKED, {}))
                self._take_back(connection, job)

    def cancel_asked(self, claim: Claim) -> bool:
        """Tell whether someone asked that this claim's run stop."""
        statement = select(runs.c.cancel_requested).where(runs.c.id == claim.run_id)
        with self._engine.connect() as connection:
            return bool(connection.execute(statement).scalar_one_or_none())

    def sweep(self) -> Ids:
        """Take runs from workers that went away; gives the ids that are now interrupted.

        Away is: the lease ran out, or the worker was a process of this machine that is dead. A run
        that may begin anew is queued instead, and one whose cancelling was asked is cancelled.
        """
        over = is_running(), runs.c.lease_until < database_now()
        taken = self._take(freely(*over).values(**lost(LAPSED)))
        # Nobody but who submitted it carries such a run out, and they no longer wait for its turn.
        left = is_queued(), runs.c.pool == HERE, runs.c.lease_until < database_now()
        taken += self._take(freely(*left).values(**lost(LEFT)))
        for run_id, attempt, worker in self._held():
            if self._gone(worker):
                dead = self._mine(Claim(run_id, attempt, worker))
                taken += self._take(dead.values(**lost(GONE)))
        return [run_id for run_id, state in taken if state == State.INTERRUPTED]

    @property
    def takeovers(self) -> Takeovers:
        """The runs that wait for a person."""
        return Takeovers(self._engine)

    def of(self, project: str) -> RunStore:
        """Give the same runs as another project sees them."""
        other = copy(self)
        other.project = project
        return other

    def _mine(self, claim: Claim) -> Update:
        """Begin an update that a stale attempt cannot make."""
        return update(runs).where(*held_by(claim))

    def _write(self, statement: Update) -> bool:
        with self._engine.begin() as connection:
            return connection.execute(statement).rowcount == 1

    def _take_back(self, connection: Connection, job: int | None) -> None:
        if job is not None:
            self.delivery.taken_back(connection, job)

    def _take(self, statement: Update) -> States:
        """Change the state of runs, note in each what became of it, and queue who is to be told."""
        with self._engine.begin() as connection:
            rows = connection.execute(statement.returning(*runs.c)).mappings().all()
            changed = [run_of(row) for row in rows]
            for run in changed:
                again = run.state is State.QUEUED
                told = (REQUEUED, {}) if again else ending(run.state, run.outcome, run.error)
                note(connection, run.id, told)
                if not again:
                    queue_deliveries(connection, run)
                if run.state is State.CANCELLED:
                    self._take_back(connection, run.job)
            if changed:
                forget(connection, [run.id for run in changed])
            return [(run.id, run.state) for run in changed]

    def _held(self) -> Sequence[Any]:
        statement = select(runs.c.id, runs.c.attempt, runs.c.worker).where(is_running())
        with self._engine.connect() as connection:
            return connection.execute(statement).all()
