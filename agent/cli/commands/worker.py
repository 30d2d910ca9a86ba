"""``runner worker``."""

from __future__ import annotations

import asyncio
import logging
import signal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli.lazy import QuietCommand
from agent.cli.logs import log_format, opened_log, told
from agent.cli.opening import described
from agent.cli.options import no_input
from agent.cli.parts import PARTS

if TYPE_CHECKING:
    from agent.executors.crew import Crew
    from agent.telemetry.log import Log

# A parent with threads that dies sends its signal for several of them.
_AT_ONCE = 1.0
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@click.command(cls=QuietCommand)
@click.option(
    "--concurrency",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Carry out so many runs at a time, each with a browser of its own.",
)
@click.option(
    "--grace",
    type=click.FloatRange(0),
    default=30,
    show_default=True,
    metavar="S",
    help="When asked to end, give runs that go on so many seconds.",
)
@click.option(
    "--queues",
    default="default",
    show_default=True,
    metavar="NAMES",
    help="Take runs that wait in these queues, with commas between them.",
)
@click.option(
    "--labels",
    default="",
    metavar="NAMES",
    help="What this worker is marked with, with commas: runs that ask for it come here.",
)
@click.option(
    "--health-file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Touch this file every few seconds, while the worker lives and has its database.",
)
@log_format
@click.option("--beside", type=click.IntRange(1), hidden=True)
@no_input
def worker(**given: Any) -> None:
    """Carry out the runs that wait.

    It takes the most urgent run first, of every project, until it is asked to end (Ctrl-C or
    SIGTERM): then it takes no more, and what has not ended after the grace is stopped. Asked a
    second time, it stops at once. Start as many workers as the machine can carry.
    """
    if given["beside"] is not None:
        PARTS["end_with"](given["beside"])
    reach = PARTS["reach"].of(_names(given["queues"]), _names(given["labels"]))
    settings, asking = described(no_input=given["no_input"])
    log, file = opened_log(given["log_format"]), given["health_file"]
    others = (log,) if file is None else (log, PARTS["pulse"](file.absolute()))
    how = {name: given[name] for name in ("concurrency", "grace")}
    crew = PARTS["open_crew"](settings, asking, *others, reach=reach, **how)
    # What these say may quote an address or a value, and is told in our own words where it matters.
    for name in ("asyncio", "psycopg.pool", "procrastinate"):
        logging.getLogger(name).addHandler(logging.NullHandler())
        logging.getLogger(name).propagate = False
    asyncio.run(_worked(crew, log))


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


async def _worked(crew: Crew, log: Log) -> None:
    crew.standing.told = partial(told, log, "worker_hindered")
    loop, stop, since = asyncio.get_running_loop(), asyncio.Event(), 0.0
    working = asyncio.ensure_future(crew.work(stop))

    def asked() -> None:
        nonlocal since
        if stop.is_set():
            if loop.time() - since < _AT_ONCE:
                return
            told(log, "worker_stops", "stopping at once: the browsers are being closed")
            working.cancel()
        else:
            words = f"taking no more runs; those that go on have {crew.grace:g} s"
            told(log, "worker_drains", words, {"seconds": crew.grace})
            since = loop.time()
            stop.set()

    for number in SIGNALS:
        loop.add_signal_handler(number, asked)
    words = f"worker {crew.id}: up to {crew.concurrency} run(s) at a time"
    told(log, "worker_began", words)
    await asyncio.gather(working, return_exceptions=stop.is_set())
