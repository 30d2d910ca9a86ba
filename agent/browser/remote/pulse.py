"""Notices that a browser on another machine has gone, also when nothing says so."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from playwright.async_api import Error as PlaywrightError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from playwright.async_api import CDPSession

    from agent.browser.remote.endpoint import Remote


async def answers(door: CDPSession, seconds: float) -> bool | None:
    """Ask a browser whether it is there: ``None`` is no answer at all, ``False`` that it went."""
    try:
        async with asyncio.timeout(seconds):
            await door.send("Browser.getVersion")
    except TimeoutError:
        return None
    except PlaywrightError:
        return False
    return True


@asynccontextmanager
async def felt(
    remote: Remote, door: CDPSession, give_up: Callable[[], Awaitable[None]]
) -> AsyncIterator[None]:
    """Ask the browser now and then; ``give_up`` is called when it does not answer in time."""
    done = asyncio.Event()

    async def beat() -> None:
        while not await _within(done.wait(), remote.pulse):
            if await answers(door, remote.patience) is None:
                await give_up()
                return

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        done.set()
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)


async def _within(work: Awaitable[object], seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await work
    except TimeoutError:
        return False
    return True
