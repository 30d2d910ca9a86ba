"""``runner worker``."""

from __future__ import annotations

import asyncio
import logging
import signal
from typing import TYPE_CHECKING

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import described
from agent.cli.options import no_input
from agent.cli.parts import PARTS
from agent.cli.speech import say

if TYPE_CHECKING:
    from agent.executors.crew import Crew

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
@click.option("--beside", type=click.IntRange(1), hidden=True)
@no_input
def worker(concurrency: int, grace: float, beside: int | None, *, no_input: bool) -> None:
    """Carry out the runs that wait.

    It takes the most urgent run first, of every project, until it is asked to end (Ctrl-C or
    SIGTERM): then it takes no more, and what has not ended after the grace is stopped. Asked a
    second time, it stops at once. Start as many workers as the machine can carry.
    """
    if beside is not None:
        PARTS["end_with"](beside)
    settings, asking = described(no_input=no_input)
    crew = PARTS["open_crew"](settings, asking, concurrency=concurrency, grace=grace)
    logging.getLogger("asyncio").addHandler(logging.NullHandler())
    logging.getLogger("asyncio").propagate = False
    asyncio.run(_worked(crew))


async def _worked(crew: Crew) -> None:
    crew.standing.told = say
    loop, stop, since = asyncio.get_running_loop(), asyncio.Event(), 0.0
    working = asyncio.ensure_future(crew.work(stop))

    def asked() -> None:
        nonlocal since
        if stop.is_set():
            if loop.time() - since < _AT_ONCE:
                return
            say("stopping at once: the browsers are being closed")
            working.cancel()
        else:
            say(f"taking no more runs; those that go on have {crew.grace:g} s")
            since = loop.time()
            stop.set()

    for number in SIGNALS:
        loop.add_signal_handler(number, asked)
    say(f"worker {crew.id}: up to {crew.concurrency} run(s) at a time")
    await asyncio.gather(working, return_exceptions=stop.is_set())
