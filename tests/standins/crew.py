"""A worker with short leases, and with a mutation of the test's choosing.

``python -m tests.standins.crew MUTATION CONCURRENCY``; the data folder is ``RUNNER_HOME``.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from agent.runs.claim import Claim, LeaseTimes
from agent.runs.lease import Lease
from agent.runs.rows import run_of
from agent.runs.store import RunStore
from agent.runs.tables import runs
from agent.runs.waiting import Waiting
from agent.settings import Settings
from agent.wiring.working import open_crew

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.runs.run import Run

SHORT = LeaseTimes(ttl=6.0, renew=1.0, fence=4.0)


def no_fence() -> None:
    """A run goes on whatever became of its lease."""

    async def keep(_self: Lease) -> None:
        await asyncio.Event().wait()

    Lease.check = lambda _self: None  # type: ignore[method-assign]
    Lease._keep = keep  # type: ignore[method-assign]


def no_guard() -> None:
    """A claim asks nothing: whatever has not succeeded is begun."""

    def due(self: Waiting, limit: int) -> Sequence[Run]:
        open_still = runs.c.state.in_(("queued", "running", "interrupted"))
        statement = select(runs).where(open_still).order_by(runs.c.started_at).limit(limit)
        with self.engine.connect() as connection:
            return [run_of(row) for row in connection.execute(statement).mappings()]

    def claim(self: RunStore, run_id: str, worker: str) -> Claim:
        mine = update(runs).where(runs.c.id == run_id)
        taken = mine.values(state="running", attempt=runs.c.attempt + 1, worker=worker)
        with self._engine.begin() as connection:
            attempt = connection.execute(taken.returning(runs.c.attempt)).scalar_one()
        return Claim(run_id, attempt, worker)

    Waiting.due = due  # type: ignore[method-assign]
    RunStore.claim = claim  # type: ignore[assignment, method-assign]


MUTATIONS = {"none": lambda: None, "no-fence": no_fence, "no-guard": no_guard}


async def work(concurrency: int) -> None:
    crew = open_crew(Settings.load(os.environ, Path.cwd()), concurrency=concurrency)
    crew.store.times = SHORT
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await crew.work(stop)


if __name__ == "__main__":
    MUTATIONS[sys.argv[1]]()
    asyncio.run(work(int(sys.argv[2])))
