"""Notices that a browser on another machine has gone, also when nothing says so."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from playwright.async_api import Error as PlaywrightError

from agent.browser.remote.refusals import BrowserLost

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from playwright.async_api import CDPSession

    from agent.browser.remote.endpoint import Remote
    from agent.browser.session import Session


@asynccontextmanager
async def felt(
    session: Session,
    remote: Remote,
    door: CDPSession | None,
    give_up: Callable[[], Awaitable[None]],
) -> AsyncIterator[None]:
    """Set ``session.lost`` when the connection ends, or when the browser does not answer in time.

    ``give_up`` ends what waits for an answer that never comes.
    """
    gone = asyncio.Event()

    def lost() -> None:
        gone.set()
        session.lost = session.lost or BrowserLost(
            f"the connection to {remote.words()} ended while the run went on",
            hint="Look whether the browser or its machine was stopped; run the task again.",
        )

    session.browser.once("disconnected", lambda _: lost())

    async def beat() -> None:
        while not await _within(gone.wait(), remote.pulse):
            if door is not None and not await _within(_answers(door), remote.patience):
                lost()
                await give_up()

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)


async def _answers(door: CDPSession) -> None:
    try:
        await door.send("Browser.getVersion")
    except PlaywrightError:
        # What was closed says so by itself; what does not answer at all is looked for here.
        return


async def _within(work: Awaitable[object], seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await work
    except TimeoutError:
        return False
    return True
