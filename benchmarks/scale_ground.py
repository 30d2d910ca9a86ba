"""What the scale benchmarks stand on: a data folder on a database, and a worker in this process."""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agent.executors.delivered import Delivered
from agent.settings import Settings
from agent.wiring import build
from agent.wiring.working import open_crew
from tests.standins.postgres import fresh_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence
    from pathlib import Path

    from agent.executors.crew import Crew
    from agent.runner import Runner


@dataclass(frozen=True, slots=True)
class Ground:
    """A runner with an open vault on an empty database; no ``url`` is a file."""

    settings: Settings
    environ: dict[str, str]
    runner: Runner
    url: str = ""


@contextmanager
def ground_on(server: str, folder: Path) -> Iterator[Ground]:
    """Make one on a new database of ``server``; without a server on a file."""
    place = folder / f"ground-{time.monotonic_ns()}"
    environ = {name: str(place) for name in ("RUNNER_HOME", "HOME", "XDG_CONFIG_HOME")}
    environ |= {"RUNNER_KEY_FILE": str(place / "keys" / "key"), "PATH": os.environ["PATH"]}
    if not server:
        yield _built(environ, folder)
        return
    with fresh_database(server) as url:
        made = _built(environ | {"RUNNER_DATABASE_URL": url}, folder, url)
        yield made
        made.runner.store.engine.dispose()


def _built(environ: dict[str, str], folder: Path, url: str = "") -> Ground:
    settings = Settings.load(environ, folder)
    runner = build(settings)
    runner.vault.create()
    return Ground(settings, environ, runner, url)


@dataclass(frozen=True, slots=True)
class Working:
    """A worker that works."""

    crew: Crew
    began: float


@asynccontextmanager
async def working(ground: Ground, **how: Any) -> AsyncIterator[Working]:
    """Have a worker in this process; ``began`` of it is when it was let go, vault and all ready."""
    crew = await asyncio.to_thread(lambda: open_crew(ground.settings, grace=0.0, **how))
    stop = asyncio.Event()
    working = Working(crew, time.perf_counter())
    task = asyncio.create_task(crew.work(stop))
    await until(lambda: not isinstance(crew.supply, Delivered) or crew.supply.is_connected)
    try:
        yield working
    finally:
        stop.set()
        await task
        await asyncio.get_running_loop().shutdown_default_executor()
        crew.store.engine.dispose()


async def until(condition: Callable[[], bool], pause: float = 0.02) -> None:
    """Wait for something to become true."""
    while True:
        if await asyncio.to_thread(condition):
            return
        await asyncio.sleep(pause)


def told(name: str, ratios: Sequence[float], more: str) -> str:
    """Write a line: the median of the ratios of the rounds, and how far they went."""
    middle, low, high = statistics.median(ratios), min(ratios), max(ratios)
    return f"  {name:<44} ratio {middle:.2f} ({low:.2f} to {high:.2f})   {more}"
