"""Finds the page a run is to go on in."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from playwright.async_api import TimeoutError as PlaywrightTimeout

from agent.errors import StepFailed

if TYPE_CHECKING:
    from playwright.async_api import Page

    from agent.browser.session import Session


async def turn_to(session: Session, url: str | None, number: int | None, limit: float) -> None:
    """Go on in the page at ``url`` (a glob) or of this ``number``, waiting ``limit`` ms for it.

    Raises ``StepFailed`` where none comes.
    """
    try:
        async with asyncio.timeout(limit / 1000):
            page = await (_at(session, url, limit) if url else _numbered(session, number or 0))
    except (TimeoutError, PlaywrightTimeout):
        raise StepFailed(
            f"there is no such page; {len(session.pages)} open",
            hint="the step before must open it; addresses are compared as a whole, * and ** help",
        ) from None
    session.turn_to(page)
    await page.bring_to_front()


async def _numbered(session: Session, number: int) -> Page:
    while not -len(session.pages) <= number < len(session.pages):
        await session.context.wait_for_event("page", timeout=0)
    return session.pages[number]


async def _at(session: Session, url: str, limit: float) -> Page:
    """Watch every page there is, and every one that opens, until one of them is at ``url``."""
    watches: dict[Page, asyncio.Task[Page]] = {}
    opened = asyncio.Event()
    session.context.on("page", lambda _: opened.set())
    try:
        while True:
            opened.clear()
            for page in session.pages:
                if page not in watches:
                    watches[page] = asyncio.create_task(_reaches(page, url, limit))
            another = asyncio.create_task(opened.wait())
            watching = {another, *(one for one in watches.values() if not one.done())}
            await asyncio.wait(watching, return_when=asyncio.FIRST_COMPLETED)
            another.cancel()
            for watch in watches.values():
                if watch.done() and watch.exception() is None:
                    return watch.result()
    finally:
        for watch in watches.values():
            watch.cancel()
        await asyncio.gather(*watches.values(), return_exceptions=True)


async def _reaches(page: Page, url: str, limit: float) -> Page:
    await page.wait_for_url(url, wait_until="commit", timeout=limit)
    return page
