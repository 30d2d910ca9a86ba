"""Which pages show a document that a secret was typed into."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

from playwright.async_api import Error as PlaywrightError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from playwright.async_api import Frame, Page, Request

_REQUESTED, _ARRIVED = "requested", "arrived"


class TypedInto:
    """Pages from the first character of a secret until another document is ready in them.

    A document may be typed into before it is ready, and an address may change without another
    document: only a request, its arrival and a ready document, in this order, are a new one.
    ``typings`` counts how often something was typed, ``since`` is when that began last where
    nothing had been typed before, in ``time.monotonic`` seconds.
    """

    def __init__(self) -> None:
        self.typings = 0
        self.since = 0.0
        self._pages: set[Page] = set()
        self._leaving: dict[Page, str] = {}

    def __contains__(self, page: object) -> bool:
        return page in self._pages

    def note(self, pages: Iterable[Page]) -> None:
        """Count something as typed into each of these."""
        self.typings += 1
        if not self._pages:
            self.since = time.monotonic()
        self._pages.update(pages)
        self._leaving.clear()

    def watch(self, page: Page) -> None:
        """Follow a page from document to document."""
        page.on("request", self._requested)
        page.on("framenavigated", self._arrived)
        page.on("domcontentloaded", self._ready)

    def _requested(self, request: Request) -> None:
        if self._pages and request.is_navigation_request():
            with suppress(PlaywrightError):
                if request.frame.parent_frame is None:
                    self._leaving[request.frame.page] = _REQUESTED

    def _arrived(self, frame: Frame) -> None:
        if frame.parent_frame is None and self._leaving.get(frame.page) == _REQUESTED:
            self._leaving[frame.page] = _ARRIVED

    def _ready(self, page: Page) -> None:
        if self._leaving.get(page) == _ARRIVED:
            del self._leaving[page]
            self._pages.discard(page)
