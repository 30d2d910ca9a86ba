"""Placing runs, beginning them, carrying out small ones: beside Procrastinate's own bare job."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final

from procrastinate import App, PsycopgConnector, SyncPsycopgConnector
from sqlalchemy import text

from agent.runner.orders import Order
from agent.runs.run import Terms
from benchmarks.scale_ground import ground_on, told, until, working

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agent.executors.crew import Crew
    from benchmarks.scale_ground import Ground

TASK: Final = {"name": "Small", "steps": [{"type": "set", "save_as": "it", "value": 1}]}
STORED: Final = (10, 1_000, 100_000)
_QUEUE: Final = "bare"
_FIRST: Final = 10


def queue(server: str, folder: Path, *, quick: bool) -> Iterator[str]:
    """Measure the queue: placing, picking up and working off."""
    rounds, count = (3, 60) if quick else (7, 200)
    with ground_on(server, folder) as ground:
        ground.runner.tasks.put(json.dumps(TASK).encode())
        yield f"queue on PostgreSQL, {rounds} rounds of {count}"
        yield from _placing(ground, rounds, count)
        yield from asyncio.run(_picking_up(ground, rounds * 10))
        yield from _working_off(ground, rounds, count)


def stored(server: str, folder: Path, *, quick: bool) -> Iterator[str]:
    """Measure a small run with few and with many others in the store, in turn."""
    rounds, count = (3, 60) if quick else (7, 200)
    for where, database in (("PostgreSQL", server), ("a file", "")):
        yield f"a small run with many others in the store, {where}, {rounds} rounds of {count}"
        with ExitStack() as stack:
            grounds = [stack.enter_context(ground_on(database, folder)) for _ in STORED]
            for number, ground in zip(STORED, grounds, strict=True):
                ground.runner.tasks.put(json.dumps(TASK).encode())
                _fill(ground, number)
                _placed_and_carried_out(ground, _FIRST)
            took = [[_placed_and_carried_out(one, count) for one in grounds] for _ in range(rounds)]
        for at, number in enumerate(STORED):
            cost = f"{1000 * statistics.median(each[at] for each in took):.0f} ms a run"
            ratios = [each[at] / each[0] for each in took]
            yield told(f"{number} in the store, beside {STORED[0]}", ratios, cost)


def _placing(ground: Ground, rounds: int, count: int) -> Iterator[str]:
    app = App(connector=SyncPsycopgConnector(conninfo=_dsn(ground)))
    bare = app.configure_task("bare", queue=_QUEUE, allow_unknown=True)
    store, orders = ground.runner.store, ground.runner.orders
    rates: dict[str, list[float]] = {"bare": [], "store": [], "order": []}
    acts = {
        "bare": lambda: bare.defer(run_id="x" * 36),
        "store": lambda: store.add("Small", "{}", Terms(pool="elsewhere")),
        "order": lambda: orders.place(Order("Small", queue="elsewhere")),
    }
    with app.open():
        for _ in range(rounds):
            for name, act in acts.items():
                rates[name].append(count / _seconds(act, count))
    _clear(ground)
    for name, words in (("store", "record and enqueue a run"), ("order", "plan, check and place")):
        ratios = [ours / theirs for ours, theirs in zip(rates[name], rates["bare"], strict=True)]
        middle = statistics.median(rates[name])
        yield told(f"{words}: rate beside a bare defer", ratios, f"{middle:.0f} runs/s")


async def _picking_up(ground: Ground, count: int) -> list[str]:
    theirs, ours = [], []
    app = App(connector=PsycopgConnector(conninfo=_dsn(ground)))
    begun: asyncio.Queue[float] = asyncio.Queue()

    @app.task(name="bare", queue=_QUEUE)
    async def bare(run_id: str) -> None:  # noqa: ARG001
        begun.put_nowait(time.perf_counter())

    async with app.open_async():
        options: dict[str, Any] = {"install_signal_handlers": False, "concurrency": 1}
        worker = asyncio.create_task(app.run_worker_async(queues=[_QUEUE], **options))
        await asyncio.sleep(1.0)
        for _ in range(count):
            since = time.perf_counter()
            await bare.defer_async(run_id="x" * 36)
            theirs.append(await begun.get() - since)
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
    async with working(ground) as there:
        await asyncio.sleep(1.0)
        heard = _hearing(there.crew)
        for _ in range(count):
            since = time.perf_counter()
            placed = asyncio.to_thread(ground.runner.store.add, "Small", "{}", Terms())
            await placed
            ours.append(await heard.get() - since)
    middle = statistics.median(ours) / statistics.median(theirs)
    more = f"{1000 * statistics.median(ours):.0f} ms beside {1000 * statistics.median(theirs):.0f}"
    return [told("placed to begun, beside a bare job", [middle], more)]


def _hearing(crew: Crew) -> asyncio.Queue[float]:
    """Hear when a run was claimed and is made ready."""
    heard: asyncio.Queue[float] = asyncio.Queue()
    loop, prepare = asyncio.get_running_loop(), crew.prepare

    def hearing(run: Any) -> Any:
        loop.call_soon_threadsafe(heard.put_nowait, time.perf_counter())
        return prepare(run)

    crew.prepare = hearing
    return heard


def _working_off(ground: Ground, rounds: int, count: int) -> Iterator[str]:
    theirs, ours = [], []
    for _ in range(rounds):
        theirs.append(asyncio.run(_bare_jobs(ground, count)) / count)
        _clear(ground)
        for _ in range(count):
            ground.runner.orders.place(Order("Small"))
        ours.append(asyncio.run(_small_runs(ground)) / count)
    ratios = [mine / bare for mine, bare in zip(ours, theirs, strict=True)]
    more = f"{1000 * statistics.median(ours):.1f} ms beside {1000 * statistics.median(theirs):.1f}"
    yield told("a run of one small step, beside a bare job", ratios, more)


async def _bare_jobs(ground: Ground, count: int) -> float:
    app = App(connector=PsycopgConnector(conninfo=_dsn(ground)))

    @app.task(name="bare", queue=_QUEUE)
    async def bare(run_id: str) -> None:
        """Do nothing."""

    async with app.open_async():
        for _ in range(count):
            await bare.defer_async(run_id="x" * 36)
        since = time.perf_counter()
        await app.run_worker_async(
            queues=[_QUEUE], concurrency=1, wait=False, install_signal_handlers=False
        )
        return time.perf_counter() - since


async def _small_runs(ground: Ground) -> float:
    async with working(ground) as there:
        await until(lambda: not ground.runner.store.active())
        return time.perf_counter() - there.began


def _placed_and_carried_out(ground: Ground, count: int) -> float:
    """Give the time a run took, of as many."""
    since = time.perf_counter()
    for _ in range(count):
        ground.runner.orders.place(Order("Small"))
    placing = time.perf_counter() - since
    return (placing + asyncio.run(_small_runs(ground))) / count


def _fill(ground: Ground, count: int) -> None:
    """Put runs that have ended into the store, with what happened in them."""
    engine = ground.runner.store.engine
    numbers = {
        "postgresql": "SELECT generate_series(1, :count) AS n",
        "sqlite": "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT :count) "
        "SELECT n FROM c",
    }[engine.dialect.name]
    name = "'00000000-0000-4000-8000-' || substr(CAST(1000000000000 + n AS text), 2)"
    named = "id, task, state, params, report, created_at, started_at, finished_at, attempt"
    values = f"{name}, 'Small', 'succeeded', '{{}}', :report, n, n, n + 1, 1"
    told_of = f"{name}, number, n, 'ended', '{{}}'"
    twice = "(SELECT 1 AS number UNION SELECT 2) each"
    with engine.begin() as connection:
        given = {"count": count, "report": "x" * 2000}
        runs = f"INSERT INTO runs ({named}) SELECT {values} FROM ({numbers}) one"  # noqa: S608
        connection.execute(text(runs), given)
        rows = f"SELECT {told_of} FROM ({numbers}) one, {twice}"  # noqa: S608
        events = f"INSERT INTO run_event (run_id, number, at, kind, body) {rows}"
        connection.execute(text(events), {"count": count})
    with engine.connect() as connection:
        alone = connection.execution_options(isolation_level="AUTOCOMMIT")
        alone.execute(text("ANALYZE"))
        # What the server would tidy up after so many rows it does now, and not beside the runs.
        for tidying in ("VACUUM", "CHECKPOINT") if engine.dialect.name == "postgresql" else ():
            alone.execute(text(tidying))


def _clear(ground: Ground) -> None:
    with ground.runner.store.engine.begin() as connection:
        for table in ("procrastinate_jobs CASCADE", "run_event", "runs"):
            connection.execute(text(f"TRUNCATE {table}"))


def _dsn(ground: Ground) -> str:
    return ground.url.replace("+psycopg", "")


def _seconds(act: Any, count: int) -> float:
    since = time.perf_counter()
    for _ in range(count):
        act()
    return time.perf_counter() - since
