"""The store of runs in memory: the same promises, for tests and throw-away programs."""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from agent.errors import NotFound, UsageError
from agent.runs.claim import Claim, LeaseTimes, boottime
from agent.runs.endings import GONE, LAPSED, LEFT, report_of
from agent.runs.events import (
    CANCEL_ASKED,
    MOST,
    QUEUED,
    REQUEUED,
    STARTED,
    RunEvent,
    ending,
    numbered,
)
from agent.runs.feed import Feed
from agent.runs.run import HERE, PLAIN, TO_BEGIN, Outline, Run, Terms
from agent.runs.states import OnLost, State
from agent.runs.worker import is_gone

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from agent.runs.events import Told
    from agent.runs.report import Report

Runs = list[Run]
Ids = list[str]
Events = list[RunEvent]


@dataclass(slots=True)
class MemoryRunStore:
    """A twin of ``agent.runs.store.RunStore`` that forgets with the process; ``clock`` is unix.

    It knows no limits of sites.
    """

    times: LeaseTimes = field(default_factory=LeaseTimes)
    gone: Callable[[str], bool] = is_gone
    clock: Callable[[], float] = time.time
    project: str = "default"
    _rows: dict[str, Run] = field(default_factory=dict)
    feed: Feed = field(default_factory=Feed)
    _events: dict[str, list[RunEvent]] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def add(self, task_name: str, params: str, terms: Terms = PLAIN) -> Run:
        """Record a queued run, or give the one that has this ``idem_key``."""
        with self._lock:
            for run in self._ours():
                if terms.idem_key is not None and run.idem_key == terms.idem_key:
                    return run
            run = Run(
                id=str(uuid.uuid4()),
                task=task_name,
                state=State.QUEUED,
                params=params,
                created_at=self.clock(),
                project=self.project,
                **terms.columns(),
            )
            if terms.after is not None:
                run = replace(run, not_before=run.created_at + terms.after)
            if terms.pool == HERE:
                run = replace(run, lease_until=run.created_at + TO_BEGIN)
            self._rows[run.id] = run
            self._note(run.id, (QUEUED, {"task": task_name, "mode": run.mode}))
            return run

    def claim(self, run_id: str, worker: str) -> Claim | None:
        """Take the next attempt of a queued run; None where it is not to be had now."""
        since = boottime()
        with self._lock:
            run = self._rows.get(run_id)
            if run is None or run.state is not State.QUEUED or self._blocked(run):
                return None
            self._rows[run_id] = replace(
                run,
                state=State.RUNNING,
                attempt=run.attempt + 1,
                worker=worker,
                lease_until=self.clock() + self.times.ttl,
                started_at=self.clock(),
                step=None,
                step_title=None,
                error=None,
                report=None,
            )
            self._note(run_id, (STARTED, {"attempt": run.attempt + 1}))
            return Claim(run_id, run.attempt + 1, worker, since)

    def wait(self, run_id: str, worker: str) -> Runs:
        """Note that a worker waits for a queued run's turn; gives the runs that go before it."""
        with self._lock:
            mine = self._rows[run_id]
            if mine.state is State.QUEUED:
                until = self.clock() + self.times.ttl
                self._rows[run_id] = replace(mine, worker=worker, lease_until=until)
            rivals = [run for run in self._rows.values() if self._goes_before(run, mine)]
            return sorted(rivals, key=lambda run: (run.state is State.QUEUED, run.created_at))

    def _goes_before(self, run: Run, mine: Run) -> bool:
        if mine.serial_key is None or (run.project, run.serial_key) != (
            mine.project,
            mine.serial_key,
        ):
            return False
        if run.id == mine.id or self.gone(run.worker or ""):
            return False
        earlier = (run.created_at, run.id) < (mine.created_at, mine.id)
        waited_for = run.state is State.QUEUED and (run.lease_until or 0) >= self.clock()
        return run.state is State.RUNNING or (waited_for and earlier)

    def renew(self, claim: Claim) -> bool:
        """Make the lease last again; False when the claim no longer holds."""
        return self._write(claim, lease_until=self.clock() + self.times.ttl)

    def step_started(self, claim: Claim, index: int, title: str) -> bool:
        """Note which step begins; False when the claim no longer holds."""
        return self._write(claim, step=index, step_title=title)

    def so_far(self, claim: Claim, report: str) -> bool:
        """Keep how far a run has come, before it does what it must not do twice."""
        return self._write(claim, report=report)

    def told(self, claim: Claim, told: Sequence[Told]) -> bool:
        """Add to what happened in a run; False, and nothing written, when the claim is stale."""
        with self._lock:
            held = self._write(claim)
            if held:
                self._note(claim.run_id, *told)
            return held

    def finish(self, claim: Claim, state: State, outcome: str, report: str) -> bool:
        """End the run with its report; False, and nothing written, when the claim is stale.

        A run that was interrupted is queued again instead, where it was submitted to be.
        """
        with self._lock:
            if not self._write(claim):
                return False
            run = self._rows[claim.run_id]
            if state is State.INTERRUPTED:
                ended = replace(self._lose(run, ""), error=None)
                ended = replace(ended, report=report if ended.state.ended else None)
            else:
                ended = replace(self._end(run, state), outcome=outcome, report=report)
            self._put(replace(ended, lease_until=None))
            return True

    def cancel(self, run_id: str) -> State:
        """Cancel a queued run at once; ask the worker of a running one to stop."""
        with self._lock:
            run = self.get(run_id)
            if run.state is State.QUEUED:
                self._put(self._end(run, State.CANCELLED))
            elif run.state is State.RUNNING and not run.cancel_requested:
                self._rows[run.id] = replace(run, cancel_requested=True)
                self._note(run.id, (CANCEL_ASKED, {}))
            return self._rows[run.id].state

    def retell(self, run_id: str, old: str, new: str) -> bool:
        """Put another report in the place of an ended run's, where that still is the one read."""
        with self._lock:
            run = self._rows.get(run_id)
            if run is None or not run.state.ended or run.report != old:
                return False
            self._rows[run_id] = replace(run, report=new)
            return True

    def remove(self, run_id: str) -> bool:
        """Forget an ended run; False where it is not there, or goes on."""
        with self._lock:
            run = self._rows.get(run_id)
            if run is None or run.project != self.project or not run.state.ended:
                return False
            del self._rows[run_id]
            self._events.pop(run_id, None)
            return True

    def exists(self, run_id: str) -> bool:
        """Tell whether a run has a record, in whichever project."""
        return run_id in self._rows

    def outlines(self) -> list[Outline]:
        """Give all runs in short, the newest first."""
        names = Outline.__dataclass_fields__
        newest = sorted(self._ours(), key=lambda run: run.created_at, reverse=True)
        return [Outline(*(getattr(run, name) for name in names)) for run in newest]

    def cancel_asked(self, claim: Claim) -> bool:
        """Tell whether someone asked that this claim's run stop."""
        return claim.run_id in self._rows and self._rows[claim.run_id].cancel_requested

    def sweep(self) -> Ids:
        """Take runs from workers that went away; gives the ids that are now interrupted."""
        with self._lock:
            running = [run for run in self._rows.values() if run.state is State.RUNNING]
            here = [run for run in self._rows.values() if run.pool == HERE]
            left = [run for run in here if run.state is State.QUEUED and run.lease_until]
            running += [run for run in left if (run.lease_until or 0) < self.clock()]
            for run in running:
                if run.state is State.QUEUED:
                    self._put(self._lose(run, LEFT))
                elif (run.lease_until or 0) < self.clock():
                    self._put(self._lose(run, LAPSED))
                elif self.gone(run.worker or ""):
                    self._put(self._lose(run, GONE))
            after = [self._rows[run.id] for run in running]
            return [run.id for run in after if run.state is State.INTERRUPTED]

    def get(self, run: str) -> Run:
        """Find a run by its id or the start of one. Raises ``UsageError``: none, or several."""
        found = [row for row in self._ours() if run and row.id.startswith(run.lower())]
        if len(found) == 1:
            return found[0]
        if found:
            raise UsageError(f"more than one run begins with {run!r}", hint="runner runs list")
        raise NotFound(f"there is no run {run!r}", hint="runner runs list")

    def list(self, limit: int = 20) -> Runs:
        """Give the newest runs first."""
        newest = sorted(self._ours(), key=lambda run: run.created_at, reverse=True)
        return newest[:limit]

    def active(self) -> Runs:
        """Give the runs that are queued or running, the oldest first."""
        going = (run for run in self._ours() if not run.state.ended)
        return sorted(going, key=lambda run: run.created_at)

    def report(self, run: str) -> Report:
        """Tell how a run stands or ended, also where it could not write its own report."""
        return report_of(self.get(run))

    def events(self, run_id: str, after: int = 0, limit: int = MOST) -> Events:
        """Give what happened in a run after its event number ``after``, the oldest first."""
        return self._events.get(run_id, [])[after : after + limit]

    def newest_events(self, run_ids: Collection[str]) -> dict[str, int]:
        """Give the number of the newest event of each run."""
        return {run_id: len(self._events.get(run_id, [])) for run_id in run_ids}

    def of(self, project: str) -> MemoryRunStore:
        """Give the same runs as another project sees them."""
        return replace(self, project=project)

    def _ours(self) -> Runs:
        return [run for run in self._rows.values() if run.project == self.project]

    def _blocked(self, run: Run) -> bool:
        rivals = (
            other.serial_key == run.serial_key
            for other in self._rows.values()
            if other.project == run.project
            and other.state is State.RUNNING
            and run.serial_key is not None
        )
        return any(rivals) or (run.not_before or 0) > self.clock() or run.cancel_requested

    def _write(self, claim: Claim, **changes: Any) -> bool:
        with self._lock:
            run = self._rows.get(claim.run_id)
            held = run and (run.state, run.attempt, run.worker)
            if run is None or held != (State.RUNNING, claim.attempt, claim.worker):
                return False
            self._rows[run.id] = replace(run, **changes)
            return True

    def _put(self, run: Run) -> None:
        """Keep a run whose state changed, and note what became of it."""
        self._rows[run.id] = run
        again = run.state is State.QUEUED
        told = (REQUEUED, {}) if again else ending(run.state, run.outcome, run.error)
        self._note(run.id, told)

    def _note(self, run_id: str, *told: Told) -> None:
        log = self._events.setdefault(run_id, [])
        log += numbered(told, len(log), self.clock())

    def _lose(self, run: Run, why: str) -> Run:
        if run.cancel_requested:
            state = State.CANCELLED
        elif run.on_lost is OnLost.REQUEUE and run.attempt < run.max_attempts:
            return replace(run, state=State.QUEUED, error=why, lease_until=None)
        else:
            state = State.INTERRUPTED
        return replace(self._end(run, state), error=why, lease_until=None)

    def _end(self, run: Run, state: State) -> Run:
        return replace(run, state=state, outcome=state.value, finished_at=self.clock())
