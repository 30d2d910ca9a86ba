"""A worker on PostgreSQL hears of its runs, and of those that are to stop, at once."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from agent.executors import delivered
from agent.executors.delivered import Delivered
from agent.runner.orders import Order
from agent.runs.claim import LeaseTimes
from agent.runs.states import State
from agent.runs.whereabouts import Reach
from agent.wiring.working import open_crew

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    import pytest

    from agent.executors.crew import Crew
    from agent.runs.run import Run
    from tests.integration.queue.conftest import Ground

PATIENCE = 60.0
NEVER = 3600.0
# A lease that is not looked at within the test.
LONG = LeaseTimes(ttl=NEVER, renew=NEVER, fence=NEVER)


@dataclass
class Desk:
    """A site that answers when it is let."""

    url: str = ""
    asked: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    open: asyncio.Event = field(default_factory=asyncio.Event)


@asynccontextmanager
async def served() -> AsyncIterator[Desk]:
    desk = Desk()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = await reader.readline()
        desk.asked.put_nowait(line.decode().split()[1])
        waiting = asyncio.create_task(desk.open.wait())
        gone = asyncio.create_task(reader.read(-1))
        await asyncio.wait((waiting, gone), return_when=asyncio.FIRST_COMPLETED)
        for one in (waiting, gone):
            one.cancel()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    desk.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield desk
    finally:
        desk.open.set()
        server.close()


@asynccontextmanager
async def working(ground: Ground, **how: Any) -> AsyncIterator[Crew]:
    """Let a worker work in this process; when it is there it takes from the queue."""
    crew = await asyncio.to_thread(lambda: open_crew(ground.settings, grace=0.0, **how))
    stop = asyncio.Event()
    task = asyncio.create_task(crew.work(stop))
    try:
        yield crew
    finally:
        stop.set()
        await asyncio.wait_for(task, PATIENCE)
        # What was being asked of the database in a thread is not cut off.
        await asyncio.get_running_loop().shutdown_default_executor()
        crew.store.engine.dispose()


async def listening(crew: Crew) -> None:
    """Wait until a worker has made its connections."""
    supply = crew.supply
    assert isinstance(supply, Delivered)
    await until(lambda: supply.is_connected)
    listens = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
    await until(lambda: counted(crew, listens) > 0)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            if await asyncio.to_thread(condition):
                return
            await asyncio.sleep(0.05)


def counted(crew: Crew, statement: str) -> int:
    with crew.store.engine.connect() as connection:
        return int(connection.execute(text(statement)).scalar_one())


def look(ground: Ground, desk: Desk, **more: Any) -> None:
    step = {"type": "http", "url": f"{desk.url}/look", "local": True, "timeout": PATIENCE}
    ground.runner.tasks.put(json.dumps({"name": "Look", "steps": [step], **more}).encode())


async def place(ground: Ground, **choice: Any) -> Run:
    return await asyncio.to_thread(ground.runner.orders.place, Order("Look", **choice))


async def ended(ground: Ground, run: Run) -> State:
    await until(lambda: ground.runner.store.get(run.id).state.ended)
    return ground.runner.store.get(run.id).state


async def test_a_run_is_heard_of_and_not_looked_for(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivered, "POLL", NEVER)
    async with served() as desk, working(ground) as crew:
        look(ground, desk)
        desk.open.set()
        await listening(crew)
        run = await place(ground)
        assert await ended(ground, run) is State.SUCCEEDED
        await until(lambda: counted(crew, "SELECT count(*) FROM procrastinate_jobs") == 0)


async def test_a_run_that_is_cancelled_while_it_goes_on_stops_at_once(ground: Ground) -> None:
    async with served() as desk, working(ground) as crew:
        crew.store.times = LONG
        look(ground, desk)
        run = await place(ground)
        await asyncio.wait_for(desk.asked.get(), PATIENCE)
        await asyncio.to_thread(ground.runner.orders.cancel, run.id)
        assert await ended(ground, run) is State.CANCELLED


async def test_a_worker_takes_what_fits_its_labels_and_leaves_the_rest(ground: Ground) -> None:
    async with served() as desk:
        look(ground, desk)
        desk.open.set()
        others = await place(ground, labels=("gpu",)), await place(ground, queue="night")
        mine = await place(ground, labels=("eu",))
        async with working(ground, reach=Reach.of([], ["linux", "eu"])):
            assert await ended(ground, mine) is State.SUCCEEDED
        for run in others:
            assert ground.runner.store.get(run.id).state is State.QUEUED


async def test_a_worker_whose_connections_are_cut_goes_on_with_its_run_and_takes_more(
    ground: Ground,
) -> None:
    async with served() as desk, working(ground, concurrency=2) as crew:
        look(ground, desk)
        first = await place(ground)
        await asyncio.wait_for(desk.asked.get(), PATIENCE)
        await listening(crew)
        cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        here = "datname = current_database() AND pid <> pg_backend_pid()"
        await asyncio.to_thread(counted, crew, f"{cut} WHERE {here}")
        second = await place(ground)
        await asyncio.wait_for(desk.asked.get(), PATIENCE)
        desk.open.set()
        assert await ended(ground, first) is State.SUCCEEDED
        assert await ended(ground, second) is State.SUCCEEDED
        assert ground.runner.store.get(first.id).attempt == 1


async def test_the_job_of_a_worker_that_is_gone_is_closed_and_its_run_posted_again(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivered, "RECONCILE", 0.0)
    monkeypatch.setattr(delivered, "_TIDY", 0.2)
    async with served() as desk:
        look(ground, desk)
        desk.open.set()
        run = await place(ground)
        # Fetched, and then its worker died before it could claim the run.
        with ground.runner.store.engine.begin() as connection:
            gone = "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (to_timestamp(0))"
            connection.execute(text(gone))
            connection.execute(text("SELECT procrastinate_fetch_job_v2(NULL, 1)"))
        async with working(ground):
            assert await ended(ground, run) is State.SUCCEEDED
