"""A worker whose clock leaps over the wait for a code's window, for all workers at once.

``python -m tests.standins.leaping_worker``; the file that ``CLOCK_FILE`` names holds how far the
clock is ahead, and the site reads it too.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import time
from pathlib import Path
from types import SimpleNamespace

from agent.browser import keyboard
from agent.runs.claim import LeaseTimes
from agent.settings import Settings
from agent.wiring.working import open_crew


def ahead(file: Path) -> float:
    """Tell how far the clock of a file is ahead, in seconds."""
    return float(file.read_text() or "0")


def leap(file: Path, to: float) -> None:
    """Move the clock on until it shows ``to``, unless it is later already."""
    with file.open("r+") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        there = max(float(opened.read() or "0"), to - time.time())
        opened.seek(0)
        opened.write(f"{there:020.6f}")


async def work(file: Path) -> None:
    def clock() -> float:
        return time.time() + ahead(file)

    async def sleep(seconds: float) -> None:
        await asyncio.to_thread(leap, file, clock() + seconds)

    keyboard.Keyboard.__init__.__kwdefaults__["clock"] = clock  # type: ignore[index]
    keyboard.asyncio = SimpleNamespace(**{**vars(asyncio), "sleep": sleep})  # type: ignore[attr-defined]
    crew = open_crew(Settings.load(os.environ, Path.cwd()), grace=0.0)
    # What is looked at here is not how soon a worker that stands still is noticed.
    crew.store.times = LeaseTimes(ttl=600.0, renew=4.0, fence=500.0)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await crew.work(stop)


if __name__ == "__main__":
    asyncio.run(work(Path(os.environ["CLOCK_FILE"])))
