"""Turns to the next page of a list, and tells when it has come."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from playwright.async_api import Error

from agent.errors import StepFailed

if TYPE_CHECKING:
    from playwright.async_api import Locator

# The last page hides its button, or leaves it there and disables it in one of these ways.
_OVER = """(one) => one.matches(':disabled, [aria-disabled=true], .disabled, .disabled *')"""
# Asked of the row itself: when another document comes, the question ends with the row.
_OTHER = """(row, [text, count, limit]) => new Promise((tell) => {
    const parent = row.parentElement, until = performance.now() + limit;
    const look = () => {
        const same = row.isConnected && row.innerText === text
            && parent.isConnected && parent.childElementCount === count;
        if (!same || performance.now() > until) tell(!same);
        else setTimeout(look, 50);
    };
    look();
})"""


async def turned(button: Locator, rows: Locator, limit: float) -> bool:
    """Click what leads on and wait until the rows are others; False on the last page.

    Raises ``StepFailed`` when it was clicked and the rows stayed the same for ``limit`` ms.
    """
    if not await button.is_visible() or await button.evaluate(_OVER):
        return False
    page = button.page
    first = rows.first
    if not await first.count():
        return False
    row = await first.element_handle(timeout=limit)
    before = await row.evaluate("(row) => [row.innerText, row.parentElement.childElementCount]")
    asking = asyncio.create_task(row.evaluate(_OTHER, [*before, limit]))
    try:
        await button.click(timeout=limit)
        if not await asking:
            raise StepFailed(
                "the next page did not come: its rows are those of the page before",
                hint='"next" must be absent, hidden or disabled on the last page, or "pages" say '
                "when",
            )
    except Error as gone:
        if not asking.done():
            raise  # the click itself failed
        if asking.exception() is not gone:
            raise
        await page.wait_for_load_state("domcontentloaded", timeout=limit)  # another document
    finally:
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    return True
