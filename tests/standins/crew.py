"""A worker with short leases, perhaps without one of its guards, on a host of the test's choosing.

``python -m tests.standins.crew CONCURRENCY --without=fence --host=far``; the data folder and the
database are in the environment, as for any worker.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import update

from agent.executors import crew as crews
from agent.executors.supply import Place
from agent.runs import again
from agent.runs.claim import Claim, LeaseTimes
from agent.runs.fencing import RunFence
from agent.runs.lease import Lease
from agent.runs.rows import run_of
from agent.runs.store import RunStore
from agent.runs.tables import runs
from agent.runs.waiting import Waiting
from agent.settings import Settings
from agent.wiring.supplying import supply_of
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
    Lease.require = lambda _self: None  # type: ignore[method-assign]
    Lease._keep = keep  # type: ignore[method-assign]


def no_token() -> None:
    """Values leave the vault without the database being asked whether the run goes on."""
    RunFence.confirm = lambda _self, _connection: None  # type: ignore[method-assign]


def no_guard() -> None:
    """A claim asks nothing: whatever has not succeeded is begun."""

    def due(self: Waiting, limit: int) -> Sequence[Run]:
        open_still = runs.c.state.in_(("queued", "running", "interrupted"))
        statement = runs.select().where(open_still).order_by(runs.c.started_at).limit(limit)
        with self.engine.connect() as connection:
            return [run_of(row) for row in connection.execute(statement).mappings()]

    def claim(self: RunStore, run_id: str, worker: str) -> Claim:
        mine = update(runs).where(runs.c.id == run_id)
        taken = mine.values(state="running", attempt=runs.c.attempt + 1, worker=worker)
        with self.engine.begin() as connection:
            attempt = connection.execute(taken.returning(runs.c.attempt)).scalar_one()
        return Claim(run_id, attempt, worker)

    Waiting.due = due  # type: ignore[method-assign]
    RunStore.claim = claim  # type: ignore[assignment, method-assign]


WITHOUT = {
    "fence": no_fence,
    "token": no_token,
    "guard": no_guard,
}


def asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("concurrency", type=int)
    parser.add_argument("--without", choices=WITHOUT, action="append", default=[])
    parser.add_argument("--host", default="", help="a machine whose processes nobody can look at")
    parser.add_argument("--ttl", type=float, default=SHORT.ttl)
    parser.add_argument("--renew", type=float, default=SHORT.renew)
    parser.add_argument("--fence", type=float, default=SHORT.fence)
    parser.add_argument("--grace", type=float, default=30.0)
    parser.add_argument("--pause", type=float, default=0.5, help="after a first failure")
    return parser.parse_args()


async def work(wanted: argparse.Namespace) -> None:
    settings = Settings.load(os.environ, Path.cwd())
    crew = open_crew(settings, concurrency=wanted.concurrency, grace=wanted.grace)
    crew.store.times = LeaseTimes(wanted.ttl, wanted.renew, wanted.fence)
    if wanted.host:
        crew.id = f"{wanted.host}:{crew.id.partition(':')[2].replace(':', ':elsewhere-', 1)}"
        crew.supply = supply_of(settings, Place(crew.waiting, crew.store, crew.id))
    crews.SWEEP, crews.BEAT = min(crews.SWEEP, wanted.ttl / 6), wanted.ttl / 6  # type: ignore[misc]
    again.FIRST_PAUSE = wanted.pause  # type: ignore[misc]
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await crew.work(stop)


def main() -> None:
    wanted = asked()
    for name in wanted.without:
        WITHOUT[name]()
    asyncio.run(work(wanted))


if __name__ == "__main__":
    main()
