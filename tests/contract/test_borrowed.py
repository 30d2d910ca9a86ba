"""What ``agent.browser.borrowed`` takes from inside Playwright, which promises none of it."""

from __future__ import annotations

import asyncio
import inspect

from playwright._impl._impl_to_api_mapping import ImplWrapper
from playwright._impl._sync_base import SyncBase
from playwright.async_api import BrowserContext, ElementHandle
from playwright.sync_api import BrowserContext as SyncBrowserContext
from playwright.sync_api import ElementHandle as SyncElementHandle
from playwright.sync_api import Locator, Page


def test_a_synchronous_call_carries_out_any_coroutine() -> None:
    assert issubclass(Locator, SyncBase)
    assert list(inspect.signature(Locator._sync).parameters) == ["self", "awaitable"]
    assert asyncio.iscoroutinefunction(ElementHandle.evaluate)


def test_both_faces_are_put_on_the_same_object() -> None:
    for one, other in ((BrowserContext, SyncBrowserContext), (ElementHandle, SyncElementHandle)):
        assert issubclass(one, ImplWrapper)
        assert issubclass(other, ImplWrapper)
        assert list(inspect.signature(one).parameters) == ["impl_obj"]
    assert issubclass(Page, ImplWrapper)
    kept = object()
    assert ImplWrapper(kept)._impl_obj is kept
