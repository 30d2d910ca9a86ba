"""What a page sends while a sign-in goes on: whether something left, and whether it is answered."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from agent.login.reading import Traffic

if TYPE_CHECKING:
    from playwright.async_api import Frame, Page, Request

_TALK = frozenset({"document", "xhr", "fetch"})


class TrafficWatch:
    """Counts what one page sends; a context manager, so that it stops listening.

    ``stirred`` is set when a new document is parsed, and so worth another look.
    """

    def __init__(self, page: Page) -> None:
        self.stirred = asyncio.Event()
        self._page = page
        self._sent = 0
        self._under_way: set[Request] = set()

    @property
    def traffic(self) -> Traffic:
        """Return the count so far."""
        return Traffic(self._sent, bool(self._under_way))

    def __enter__(self) -> TrafficWatch:
        self._page.on("request", self._began)
        self._page.on("requestfinished", self._ended)
        self._page.on("requestfailed", self._ended)
        self._page.on("framenavigated", self._moved)
        self._page.on("domcontentloaded", self._parsed)
        return self

    def __exit__(self, *_raised: object) -> None:
        self._page.remove_listener("request", self._began)
        self._page.remove_listener("requestfinished", self._ended)
        self._page.remove_listener("requestfailed", self._ended)
        self._page.remove_listener("framenavigated", self._moved)
        self._page.remove_listener("domcontentloaded", self._parsed)

    def _began(self, request: Request) -> None:
        if request.resource_type not in _TALK:
            return
        self._under_way.add(request)
        if request.method != "GET" or request.is_navigation_request():
            self._sent += 1

    def _ended(self, request: Request) -> None:
        self._under_way.discard(request)

    def _moved(self, frame: Frame) -> None:
        if frame == self._page.main_frame:
            # Whatever the old document awaited is not awaited any more.
            self._under_way.clear()

    def _parsed(self, _page: Page) -> None:
        self.stirred.set()
