"""One browser, one context and the page a run works in; ``agent.browser.opening`` opens it."""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page

from agent.browser.challenges import Challenges
from agent.browser.dialogs import Dialogs
from agent.browser.guard import Guard
from agent.browser.keyboard import Keyboard
from agent.browser.room import FULL, without_room
from agent.browser.typed import TypedInto

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from playwright.async_api import (
        Browser,
        BrowserContext,
        CDPSession,
        Download,
        Frame,
    )

    from agent.browser.folder import PrivateFolder
    from agent.errors import RunnerError
    from agent.vault.open import RunSecrets


async def _at_once() -> None:
    """Wait for nothing."""


class Session:
    """A browser with its guard and its keyboard; ``page`` is the page worked in now.

    ``step`` names the step under way, for the audit of what is typed; ``notices`` are lines a
    person should see, such as a sandbox that is off; ``downloads`` are the files pages gave that no
    step has taken; ``visited`` are the origins pages have been to. ``about`` says by name what is
    particular about this browser, for the report; ``unsaved`` says why a recording was not kept.
    ``settled`` waits until the page may be changed: pictures of how it stands are taken by then.
    """

    unsaved: str = ""
    settled: Callable[[], Awaitable[None]] = staticmethod(_at_once)

    def __init__(self, context: BrowserContext, secrets: RunSecrets, folder: PrivateFolder) -> None:
        self.context = context
        self.secrets = secrets
        self.folder = folder
        self.guard = Guard(secrets)
        self.challenges = Challenges()
        self.keyboard = Keyboard(self)
        self.dialogs = Dialogs(context)
        self.notices: list[str] = []
        self.about: dict[str, str] = {}
        self.step = ""
        self.recording = False
        self.downloads: list[Download] = []
        self.parts: list[Path] = []
        self._pages: list[Page] = []
        self._cdp: dict[Page, CDPSession] = {}
        self.visited: set[str] = set()
        self.given_away = False
        self.typed_into = TypedInto()
        self.guard.on_typed = self._typed
        context.on("page", self._page_opened)

    def _page_opened(self, page: Page) -> None:
        self._pages.append(page)
        page.on("download", self._download_began)
        page.on("framenavigated", self._went)
        self.typed_into.watch(page)

    def _went(self, frame: Frame) -> None:
        # What a frame keeps belongs to the page around it as well.
        if frame.parent_frame is None:
            self.visited.add("/".join(frame.url.split("/", 3)[:3]))

    def _download_began(self, download: Download) -> None:
        self.downloads.append(download)

    def _typed(self) -> None:
        # Which of the pages got it does not matter: scripts of one site can reach each other.
        self.typed_into.note(self._pages)

    @property
    def pages(self) -> list[Page]:
        """The open pages, the one worked in last at the end."""
        return [page for page in self._pages if not page.is_closed()]

    def take(self, download: Download) -> None:
        """Leave a download to the step that keeps it."""
        if download in self.downloads:
            self.downloads.remove(download)

    def turn_to(self, page: Page) -> None:
        """Work in this page from now on."""
        self._pages.remove(page)
        self._pages.append(page)

    @property
    def browser(self) -> Browser:
        """The browser the context is in: this run's own, unless it is on another machine."""
        browser = self.context.browser
        if browser is None:
            raise RuntimeError("a context that was opened in a browser has one")
        return browser

    @property
    def page(self) -> Page:
        """The newest page that is still open: a popup while it stays, then its opener again."""
        return (self.pages or self._pages)[-1]

    async def loss(self) -> RunnerError | None:
        """Give the error of a browser that went by itself; one started here goes with the run."""
        return None

    @asynccontextmanager
    async def aside(self) -> AsyncIterator[Page]:
        """Open a page beside the one worked in, for a look; ``page`` stays what it was."""
        page = await self.context.new_page()
        with suppress(ValueError):
            self._pages.remove(page)
        try:
            yield page
        finally:
            await page.close()

    async def cdp(self, place: Page | Frame) -> CDPSession:
        """Return a CDP session of the page; one per page, kept.

        For a frame it is the session of the page it is in; a frame in a process of its own has
        another, see ``agent.browser.isolated``.
        """
        page = place if isinstance(place, Page) else place.page
        if page not in self._cdp:
            self._cdp[page] = await self.context.new_cdp_session(page)
        return self._cdp[page]

    async def start_recording(self) -> None:
        """Record actions, requests and DOM snapshots into the private folder; never pictures."""
        await self.context.tracing.start(snapshots=True, screenshots=False, sources=False)
        self.recording = True

    @asynccontextmanager
    async def titled(self, words: str) -> AsyncIterator[None]:
        """Put what happens inside under one title in the recording; ``words`` hold no value."""
        if not self.recording:
            yield
            return
        # A browser that has gone is told of by the step itself.
        with suppress(PlaywrightError):
            await self.context.tracing.group(words)
        try:
            yield
        finally:
            with suppress(PlaywrightError):
                await self.context.tracing.group_end()

    @asynccontextmanager
    async def unrecorded(self) -> AsyncIterator[None]:
        """Leave what happens inside out of the recording; what was before it goes to ``parts``.

        Pages count as typed into from then on: by whom is not known, nor what.
        """
        await self.settled()
        self.given_away = True
        try:
            async with self._cut():
                yield
        finally:
            self._typed()
            self.given_away = False

    @asynccontextmanager
    async def _cut(self) -> AsyncIterator[None]:
        if not self.recording:
            yield
            return
        path = self.folder.sub("raw") / f"trace-{len(self.parts) + 1}.zip"
        # Not a chunk: requests made between two chunks are in the later one, bodies and all.
        await self.context.tracing.stop(path=path)
        self.parts.append(path)
        try:
            yield
        finally:
            await self.start_recording()

    async def stop_recording(self) -> Path | None:
        """End the recording and return the raw trace, which holds secrets; ``None`` without one.

        Where it could not be saved, as by a browser that has gone, ``unsaved`` says so.
        """
        if not self.recording:
            return None
        self.recording = False
        path = self.folder.sub("raw") / "trace.zip"
        try:
            await self.context.tracing.stop(path=path)
        except PlaywrightError:
            if without_room([path], FULL) is not None:
                raise  # it is no browser's fault, and the run is to be told so
            part = "no trace of the end" if self.parts else "no trace"
            why = "it could not be saved"
            if not self.browser.is_connected() or await self.loss() is not None:
                why = "the browser went before it was saved"
            self.unsaved = f"{part}: {why}"
            return None
        return path
