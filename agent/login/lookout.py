"""Where the sign-in looks from: the observer of each page, its traffic, the session's marks."""

from __future__ import annotations

import asyncio
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from playwright.async_api import Error as PlaywrightError

from agent.login.marks import SessionMarks
from agent.login.observation import Notice, Observation, Signs
from agent.login.observe import Observer, Vanished
from agent.login.reading import Traffic, read
from agent.login.traffic import TrafficWatch
from agent.login.words import vocabulary

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from playwright.async_api import Page

    from agent.browser.session import Session
    from agent.login.facts import RawLook
    from agent.login.progress import Progress

_BETWEEN_LOOKS = 0.05  # seconds, when nothing stirs
_TURN = 0.15  # seconds for a page that is too busy to answer, or being replaced
_ASKING = frozenset({"text", "tel", "number", "password"})
_LITTLE = 8  # links and buttons
_VISIT = 5_000.0  # milliseconds
_VISIT_STILL = 0.7  # seconds for a page to draw a form, when it does
BREATH = 0.008  # seconds between two looks at a page that never stands still


@dataclass(slots=True)
class Eyes:
    """What looks at one page."""

    observer: Observer
    watch: TrafficWatch
    _left: set[asyncio.Future[bool]] = field(default_factory=set)
    _looks: list[RawLook] = field(default_factory=list)
    _known: Observation | None = None

    def read(self, looks: Sequence[RawLook]) -> Observation:
        """Read a look; one that is the same as the last is not read again."""
        traffic = self.watch.traffic
        if self._known is None or list(looks) != self._looks:
            self._looks, self._known = list(looks), read(looks, traffic)
        notices = (*self._known.notices, *_spoken(self.watch.dialogs))
        return replace(self._known, sent=traffic.sent, busy=traffic.busy, notices=notices)

    def leave(self, pressing: asyncio.Future[bool]) -> None:
        """Let a press whose effect is seen come to its end by itself."""
        self._left.add(pressing)
        pressing.add_done_callback(self._ended)

    def _ended(self, pressing: asyncio.Future[bool]) -> None:
        self._left.discard(pressing)
        if not pressing.cancelled():
            pressing.exception()

    def close(self) -> None:
        """End what was left to itself."""
        for pressing in tuple(self._left):
            pressing.cancel()

    async def stir(self) -> None:
        """Return when the page changes or a new one is there, soon in any case."""
        await asyncio.sleep(BREATH)
        stirred = asyncio.ensure_future(self.watch.stirred.wait())
        changed = asyncio.ensure_future(self.observer.changed(_BETWEEN_LOOKS))
        try:
            await asyncio.wait(
                (stirred, changed), timeout=_TURN, return_when=asyncio.FIRST_COMPLETED
            )
            if changed.done() and (changed.exception() or not changed.result()):
                # The document went away; its successor is looked at when it is parsed.
                await asyncio.wait((stirred,), timeout=_TURN)
        finally:
            stirred.cancel()
            changed.cancel()
            await asyncio.gather(stirred, changed, return_exceptions=True)


@dataclass(slots=True)
class Lookout:
    """Looks at the page the session works in now; a context manager, so that it stops listening.

    ``proof`` tells whether the step's own expectation holds now. ``changed_at`` is when the page
    was last seen to change, in ``time.monotonic``'s seconds; ``marks`` are the session's.
    """

    session: Session
    proof: Callable[[], Awaitable[bool]] | None = None
    changed_at: float = field(default_factory=time.monotonic)
    marks: SessionMarks = field(default_factory=SessionMarks)
    _remembered: set[str] = field(default_factory=set)
    _bearer: int = 0
    _last: Observation | None = None
    _eyes: dict[Page, Eyes] = field(default_factory=dict)
    _watches: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Lookout:
        return self

    def __exit__(self, *_raised: object) -> None:
        self._watches.close()
        for eyes in self._eyes.values():
            eyes.close()

    async def eyes(self) -> Eyes:
        """Give the eyes for the page worked in now; raises ``Vanished`` while it closes."""
        page = self.session.page
        if page not in self._eyes:
            try:
                cdp = await self.session.cdp(page)
            except PlaywrightError:
                raise Vanished from None
            watch = self._watches.enter_context(TrafficWatch(page))
            self._eyes[page] = Eyes(Observer(page, cdp), watch)
        return self._eyes[page]

    async def look(self, eyes: Eyes, progress: Progress) -> Observation:
        """Look once, with what is seen beside the page; raises ``Vanished``."""
        try:
            seen = eyes.read(await eyes.observer.look())
        except PlaywrightError:
            raise Vanished from None
        if seen != self._last:
            # What only counts or comes beside the page is not a change of the page.
            calm = replace(seen, sent=0, busy=False)
            if calm != self._last:
                self._last, self.changed_at = calm, time.monotonic()
        return replace(seen, signs=await self._signs(eyes, seen, progress))

    async def remember(self, seen: Observation) -> None:
        """Take the session's marks as they are before a submission, once for each document."""
        if not seen.document or seen.document in self._remembered:
            return
        self._remembered.add(seen.document)
        self._bearer = self._bearers()
        page = self.session.page
        with suppress(PlaywrightError):
            await self.marks.remember(await self.session.cdp(page), page.url)

    async def asks_again(self, url: str) -> bool:
        """Tell whether an address asks to sign in, in a page of its own that is closed again."""
        with suppress(PlaywrightError, Vanished):
            async with self.session.aside() as page:
                await page.goto(url, wait_until="load", timeout=_VISIT)
                observer = Observer(page, await page.context.new_cdp_session(page))
                ends = time.monotonic() + _VISIT_STILL
                while time.monotonic() < ends:
                    seen = read(await observer.look(), Traffic())
                    if seen.form or seen.status >= 400:
                        return True
                    await observer.changed(_BETWEEN_LOOKS)
                return seen.blank
        return True

    async def _signs(self, eyes: Eyes, seen: Observation, progress: Progress) -> Signs:
        watch = eyes.watch
        settled = seen.form is None or seen.document != progress.before.document
        return Signs(
            answer=watch.answer,
            requests=self.session.guard.requests + watch.messages,
            skew=watch.skew,
            session=await self._session_came(seen, progress),
            proved=await self._proved() if settled else None if self.proof is None else False,
            asks=seen.form is None and any(_asks(look) for look in eyes.observer.looks),
            places=_places(eyes.observer, seen),
        )

    async def _session_came(self, seen: Observation, progress: Progress) -> bool:
        begun = progress.submitted is not None or progress.leaving
        if seen.form is not None or seen.signed_in or not begun:
            return False
        if self._bearers() > self._bearer:
            return True
        page = self.session.page
        with suppress(PlaywrightError):
            return await self.marks.changed(await self.session.cdp(page), page.url)
        return False

    def _bearers(self) -> int:
        return sum(eyes.watch.bearer for eyes in self._eyes.values())

    async def _proved(self) -> bool | None:
        if self.proof is None:
            return None
        with suppress(PlaywrightError):
            return await self.proof()
        return False


def _places(observer: Observer, seen: Observation) -> tuple[str, ...]:
    """Return the addresses of the form's frame and of the page around it."""
    if seen.form is None:
        return (seen.url,)
    return tuple(dict.fromkeys((observer.looks[seen.form.frame].url, seen.url)))


def _asks(look: RawLook) -> bool:
    """Tell whether an empty field stands where there is little else: no page behind a login."""
    empty = [f for f in look.fields if f.type in _ASKING and f.usable and not f.length]
    return bool(empty) and len(look.links) + len(look.buttons) <= _LITTLE


def _spoken(texts: Sequence[str]) -> list[Notice]:
    """Read what the page said in windows of the browser as it would be read on the page."""
    return [Notice(text, vocabulary().kinds(text), alarm=True) for text in texts]
