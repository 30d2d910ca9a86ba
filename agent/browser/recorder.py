"""Watches what a person does in a browser, without being handed what goes into credential fields.

``recorder.js`` stands in a world of its own in every document, which the page's scripts neither see
nor reach: they can forge no act. It tells what was done as it is done, and of a credential field
only that it was filled. See ``docs/decisions/0024-recording.md``.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError

from agent.browser.recorded_frames import RecordedFrames
from agent.browser.translate import translate
from agent.vault.redactor import Redactor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from playwright.async_api import BrowserContext, CDPSession, Dialog, Download, Frame, Page

Event = dict[str, Any]

_Coming = Callable[[], Awaitable[Event | None]]
_WORLD = "slotrunner-recorder"
_PATIENCE = 5.0  # seconds in which what was told last is looked after when the browser closes
_AGAIN = 0.01
_TYPED = frozenset({"typed", "address_bar", "auto_bookmark", "generated", "keyword"})
_BY_HAND = ("chrome://", "about:", "edge://")


@dataclass(frozen=True, slots=True)
class Terms:
    """What the recorder must know of tasks: words of credential fields, and roles of targets."""

    words: Mapping[str, str]
    no_code: str
    roles: tuple[str, ...]


@dataclass(eq=False)  # no slots: Playwright keeps its wrapper of a handler on the handler's owner
class Recorder:
    """The acts of every page of a browser as plain objects; see ``docs/recording.md``.

    They come from several processes: each has its ``time``, and only that says what was first.
    ``told`` hears each as it comes. ``keys`` are those of the fingerprints. ``gone`` is set when
    the last page or the browser was closed. Prints no event.
    """

    context: BrowserContext
    terms: Terms
    told: Callable[[Event], None]
    events: list[Event] = field(default_factory=list, repr=False)
    keys: tuple[int, int] = field(default_factory=lambda: _keys(), repr=False)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    notices: list[str] = field(default_factory=list)
    _pages: list[Page] = field(default_factory=list)
    _cdp: dict[Page, CDPSession] = field(default_factory=dict)
    _seen: set[tuple[Page, int]] = field(default_factory=set)
    _queue: asyncio.Queue[Callable[[], Awaitable[Event | None]]] = field(
        default_factory=asyncio.Queue
    )
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _binding: str = field(default_factory=lambda: f"tell_{secrets.token_hex(8)}", repr=False)

    async def begin(self) -> Page:
        """Watch the context from now on, and give its first page."""
        self.context.on("page", self._page_opened)
        self.context.on("dialog", _leave_to_the_person)
        self.context.on("close", lambda _: self.gone.set())
        self._start(self._take())
        page = await self.context.new_page()
        await self.ready()
        return page

    async def goto(self, page: Page, url: str) -> None:
        """Open an address as if the person had typed it. Raises ``SiteUnreachable``."""
        try:
            before = max(entry["id"] for entry in (await self._history(page))["entries"])
            await page.goto(url, wait_until="commit")
        except PlaywrightError as error:
            raise translate(error, Redactor()) from None
        self._queue.put_nowait(partial(self._opened, page, before, time.time()))

    async def ready(self) -> None:
        """Wait until every page there is is watched, and every act told so far is taken."""
        for page in self.context.pages:
            self._page_opened(page)  # its own event may still be on the way
        while watching := [task for task in self._tasks if task.get_name() == "watch"]:
            await asyncio.wait(watching)
        await self._queue.join()

    async def end(self) -> None:
        """Take what was told last, and stop; the browser may be gone already."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                await self.ready()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, work: Any, name: str = "") -> None:
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _take(self) -> None:
        """Turn what comes into events, one after the other, so that their order stays."""
        while True:
            coming = await self._queue.get()
            try:
                event = await coming()
            except PlaywrightError:
                event = None  # the page that could have answered is gone
            if event is not None:
                self.events.append(event)
                self.told(event)
            self._queue.task_done()

    def _tell(self, kind: str, page: Page, **more: Any) -> None:
        event = {"kind": kind, "page": self._pages.index(page), "time": time.time(), **more}
        self._queue.put_nowait(partial(_known, event))

    def _page_opened(self, page: Page) -> None:
        if page in self._pages:
            return
        self._pages.append(page)
        page.on("download", lambda _: self._tell("download", page))
        page.on("download", self._let_it_come)
        page.on("close", self._page_closed)
        self._start(self._watch(page), "watch")

    def _let_it_come(self, download: Download) -> None:
        """Leave the file in the private folder, which goes when the recording ends."""

    def _page_closed(self, page: Page) -> None:
        self._tell("closed", page)
        if all(one.is_closed() for one in self._pages):
            self.gone.set()

    async def _watch(self, page: Page) -> None:
        with suppress(PlaywrightError):
            by_hand = len(self._pages) > 1 and await page.opener() is None
            by_hand = by_hand and page.url.startswith(_BY_HAND)
            self._tell("opened", page, by_hand=by_hand)
            cdp = await self.context.new_cdp_session(page)
            self._cdp[page] = cdp
            frames = RecordedFrames(self.context, page, self._listen_in)
            cdp.on(
                "Page.javascriptDialogOpening",
                lambda said: self._tell("asked", page, type=said["type"], message=said["message"]),
            )
            cdp.on(
                "Page.javascriptDialogClosed",
                lambda said: self._tell(
                    "answered", page, accepted=said["result"], text=said["userInput"]
                ),
            )
            await frames.listen(cdp)
            page.on("framenavigated", lambda frame: self._navigated(frame, frames))

    async def _listen_in(self, cdp: CDPSession, frames: RecordedFrames) -> None:
        """Stand in every document of a session's process, those there are and those to come."""

        def told(event: Mapping[str, Any]) -> None:
            if event["name"] == self._binding:
                self._queue.put_nowait(partial(self._act, event, cdp, frames))

        cdp.on("Runtime.bindingCalled", told)
        await cdp.send(
            "Runtime.addBinding", {"name": self._binding, "executionContextName": _WORLD}
        )
        source = {"source": self._script(), "worldName": _WORLD, "runImmediately": True}
        await cdp.send("Page.addScriptToEvaluateOnNewDocument", source)

    def _script(self) -> str:
        asked = {
            "binding": self._binding,
            "words": dict(self.terms.words),
            "no_code": self.terms.no_code,
            "roles": self.terms.roles,
            "keys": self.keys,
        }
        source = files("agent.browser").joinpath("recorder.js").read_text("utf-8")
        return f"{source.rstrip()}({json.dumps(asked)});"

    async def _act(
        self, event: Mapping[str, Any], cdp: CDPSession, frames: RecordedFrames
    ) -> Event | None:
        act: Event = json.loads(event["payload"])
        frame = await frames.path(cdp, event["executionContextId"])
        place = {"page": self._pages.index(frames.page), "address": frames.page.url}
        return act | place | {"frame": frame}

    def _navigated(self, frame: Frame, frames: RecordedFrames) -> None:
        if frame.parent_frame is not None:
            self._start(frames.look_into(frame), "watch")
            return
        self._queue.put_nowait(partial(self._went, frame.page, time.time()))

    async def _history(self, page: Page) -> dict[str, Any]:
        """Ask until there is an answer: while one page comes in another's place, there is none."""
        loop = asyncio.get_running_loop()
        until = loop.time() + _PATIENCE
        while True:
            try:
                return await self._asked(page)
            except PlaywrightError:
                if page.is_closed() or loop.time() > until:
                    raise
            await asyncio.sleep(_AGAIN)

    async def _asked(self, page: Page) -> dict[str, Any]:
        return await self._cdp[page].send("Page.getNavigationHistory")

    async def _opened(self, page: Page, before: int, moment: float) -> Event | None:
        """Tell of an address that was opened here: its entry is the first after ``before``.

        A page says that it is there a moment before the browser's history has it.
        """
        later: list[dict[str, Any]] = []
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                while not later:
                    await asyncio.sleep(_AGAIN)
                    entries = (await self._history(page))["entries"]
                    later = [entry for entry in entries if entry["id"] > before]
        return self._told_of(page, later[0], moment) if later else None

    async def _went(self, page: Page, moment: float) -> Event | None:
        history = await self._history(page)
        return self._told_of(page, history["entries"][history["currentIndex"]], moment)

    def _told_of(self, page: Page, entry: Mapping[str, Any], moment: float) -> Event | None:
        """Tell of an address only where the person chose it; links and forms lead by themselves."""
        place = (page, entry["id"])
        if place in self._seen or entry["transitionType"] not in _TYPED:
            return None
        self._seen.add(place)
        url = entry.get("userTypedURL") or entry["url"]
        if not url.startswith(("http://", "https://")):
            return None
        return {"kind": "goto", "page": self._pages.index(page), "time": moment, "url": url}


async def _known(event: Event) -> Event:
    return event


def _leave_to_the_person(_dialog: Dialog) -> None:
    """Have Playwright leave a dialog open: it dismisses one that nobody listens for."""


def _keys() -> tuple[int, int]:
    return secrets.randbits(32), secrets.randbits(32)
