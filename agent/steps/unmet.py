"""Wait, with Playwright's own assertions, until what a step expects holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playwright.async_api import Error, expect
from playwright.async_api import TimeoutError as NotInTime

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from playwright.async_api import Locator, Page

    from agent.steps.expect import Expect

    _Asserted = Callable[[Any, Any, float], Awaitable[None]]

# The page is looked at once more for the message; it is there already, or it is not.
_A_LOOK = 500.0


async def unmet(page: Page, step: Expect, limit: float) -> str | None:
    """Return ``None`` once the expectation holds, else what was seen after ``limit`` ms.

    What was seen is the page's own text: the caller redacts it.
    """
    key, wanted = step.condition
    if step.target is None:
        return await _of_page(page, key, wanted, limit)
    found = step.target.locate(page)
    asserted = _ASSERTIONS.get(key) or _STATES[wanted]
    try:
        await asserted(expect(found), wanted, limit)
    except AssertionError:
        return await _seen(found, key)
    return None


async def _of_page(page: Page, key: str, wanted: str, limit: float) -> str | None:
    try:
        if key == "url":
            await page.wait_for_url(wanted, wait_until="commit", timeout=limit)
        else:
            await expect(page).to_have_title(wanted, timeout=limit)
    except NotInTime:
        return page.url.partition("?")[0]
    except AssertionError:
        return await page.title()
    return None


async def _seen(found: Locator, key: str) -> str:
    try:
        count = await found.count()
        if count != 1 or key == "count":
            return f"{count} elements"
        if key == "value":
            return await found.input_value(timeout=_A_LOOK)
        if key == "state":
            return await _state(found)
        return await found.inner_text(timeout=_A_LOOK)
    except Error:
        return "nothing that could be read"


async def _state(found: Locator) -> str:
    if not await found.is_visible():
        return "hidden"
    return "visible, enabled" if await found.is_enabled(timeout=_A_LOOK) else "visible, disabled"


_ASSERTIONS: dict[str, _Asserted] = {
    "text": lambda found, wanted, limit: found.to_have_text(wanted, timeout=limit),
    "contains": lambda found, wanted, limit: found.to_contain_text(wanted, timeout=limit),
    "value": lambda found, wanted, limit: found.to_have_value(wanted, timeout=limit),
    "count": lambda found, wanted, limit: found.to_have_count(wanted, timeout=limit),
}
_STATES: dict[str, _Asserted] = {
    "visible": lambda found, _, limit: found.to_be_visible(timeout=limit),
    "hidden": lambda found, _, limit: found.to_be_hidden(timeout=limit),
    "enabled": lambda found, _, limit: found.to_be_enabled(timeout=limit),
    "disabled": lambda found, _, limit: found.to_be_disabled(timeout=limit),
    "checked": lambda found, _, limit: found.to_be_checked(timeout=limit),
    "unchecked": lambda found, _, limit: found.not_to_be_checked(timeout=limit),
}
