"""Wait until an element is gone, or the whole document with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import Error
from playwright.async_api import TimeoutError as NotInTime

if TYPE_CHECKING:
    from playwright.async_api import ElementHandle


async def gone(element: ElementHandle, limit: float) -> None:
    """Return once the element is hidden or no longer there, within ``limit`` milliseconds."""
    try:
        await element.wait_for_element_state("hidden", timeout=limit)
    except NotInTime:
        raise
    except Error:
        return  # another document stands in its place
