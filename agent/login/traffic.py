"""What a page sends while a sign-in goes on, and what comes back: counts, statuses, the clock."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from playwright.async_api import Error as PlaywrightError

from agent.login.reading import Traffic

if TYPE_CHECKING:
    from playwright.async_api import Dialog, Frame, Page, Request, Response, WebSocket

_TALK = frozenset({"document", "xhr", "fetch"})
_LONGEST_TEXT = 300
_QUERY_PATIENCE = 2.5  # seconds; a question that stays open longer is a page waiting for news


class TrafficWatch:
    """Counts what one page sends; a context manager, so that it stops listening.

    ``stirred`` is set when a new document is parsed, and so worth another look. ``answer`` is the
    status of the newest answer to something sent, ``messages`` counts those into sockets, ``skew``
    is how many seconds the site's clock is ahead of ours, ``bearer`` counts requests of scripts
    with an ``Authorization``. ``dialogs`` are the texts of windows the page opened, which are
    closed at once as no person would be there to read them.
    """

    def __init__(self, page: Page) -> None:
        self.stirred = asyncio.Event()
        self.answer = 0
        self.messages = 0
        self.skew = 0
        self.bearer = 0
        self.dialogs: list[str] = []
        self._page = page
        self._sent = 0
        self._under_way: dict[Request, float] = {}

    @property
    def traffic(self) -> Traffic:
        """Return the count so far, and whether an answer is still awaited."""
        now = time.monotonic()
        awaited = any(
            _sends(request) or now - began < _QUERY_PATIENCE
            for request, began in self._under_way.items()
        )
        return Traffic(self._sent, awaited)

    def __enter__(self) -> TrafficWatch:
        self._page.on("request", self._began)
        self._page.on("response", self._answered)
        self._page.on("requestfinished", self._ended)
        self._page.on("requestfailed", self._ended)
        self._page.on("framenavigated", self._moved)
        self._page.on("domcontentloaded", self._parsed)
        self._page.on("websocket", self._socket)
        self._page.on("dialog", self._spoken)
        return self

    def __exit__(self, *_raised: object) -> None:
        self._page.remove_listener("request", self._began)
        self._page.remove_listener("response", self._answered)
        self._page.remove_listener("requestfinished", self._ended)
        self._page.remove_listener("requestfailed", self._ended)
        self._page.remove_listener("framenavigated", self._moved)
        self._page.remove_listener("domcontentloaded", self._parsed)
        self._page.remove_listener("websocket", self._socket)
        self._page.remove_listener("dialog", self._spoken)

    def _began(self, request: Request) -> None:
        if request.resource_type not in _TALK:
            return
        self._under_way[request] = time.monotonic()
        if _sends(request):
            self._sent += 1
        elif "authorization" in request.headers:
            self.bearer += 1

    def _answered(self, response: Response) -> None:
        request = response.request
        if request.resource_type not in _TALK or not _sends(request):
            return
        if request.method != "GET":
            self.answer = response.status
        self._read_clock(response.headers.get("date", ""))

    def _read_clock(self, date: str) -> None:
        try:
            told = parsedate_to_datetime(date).timestamp()
        except ValueError:
            return
        self.skew = round(told - time.time())

    def _ended(self, request: Request) -> None:
        self._under_way.pop(request, None)

    def _moved(self, frame: Frame) -> None:
        replaced = any(request.is_navigation_request() for request in self._under_way)
        if frame == self._page.main_frame and replaced:
            # Whatever the old document awaited is not awaited any more.
            self._under_way.clear()

    def _parsed(self, _page: Page) -> None:
        self.stirred.set()

    async def _spoken(self, dialog: Dialog) -> None:
        if dialog.type != "beforeunload":
            self.dialogs.append(" ".join(dialog.message.split())[:_LONGEST_TEXT])
        with suppress(PlaywrightError):
            await dialog.dismiss()
        self.stirred.set()

    def _socket(self, socket: WebSocket) -> None:
        socket.on("framesent", self._said)

    def _said(self, _message: str | bytes) -> None:
        self.messages += 1
        self._sent += 1


def _sends(request: Request) -> bool:
    return request.method != "GET" or request.is_navigation_request()
