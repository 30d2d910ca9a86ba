"""Look whether a condition holds on the page, now or for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import TimeoutError as NotInTime
from playwright.async_api import expect

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from playwright.async_api import Locator, Page

    from agent.steps.condition import Condition

# Playwright takes 0 for no limit at all; what is there now is there within this.
_NOW = 1.0


async def holds(page: Page, condition: Condition, limit: float) -> bool:
    """Tell whether the condition comes to hold within ``limit`` milliseconds; 0 is now."""
    try:
        if condition.target is None:
            await page.wait_for_url(condition.url or "", wait_until="commit", timeout=limit or _NOW)
            return True
        state = condition.state or "visible"
        await _ASKED[state](condition.target.locate(page).first, limit or _NOW)
    except (AssertionError, NotInTime):
        return False
    return True


_ASKED: dict[str, Callable[[Locator, float], Awaitable[None]]] = {
    "visible": lambda found, limit: expect(found).to_be_visible(timeout=limit),
    "hidden": lambda found, limit: expect(found).to_be_hidden(timeout=limit),
    "enabled": lambda found, limit: expect(found).to_be_enabled(timeout=limit),
    "disabled": lambda found, limit: expect(found).to_be_disabled(timeout=limit),
    "checked": lambda found, limit: expect(found).to_be_checked(timeout=limit),
    "unchecked": lambda found, limit: expect(found).not_to_be_checked(timeout=limit),
}
