"""Take the only pictures a run leaves: what repeats a secret is found and painted over.

One capture: read all text of the page with its boxes, take the picture, read again. Where both
readings agree, the boxes of known values, filled fields and media are painted solid black.
Whatever goes wrong, there is no picture (``dropped`` says why) and the run goes on.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

from agent.artifacts.archive import write_private
from agent.artifacts.page_reading import PageReader, Unreadable
from agent.artifacts.raw import Picture
from agent.registry import Table

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from types import TracebackType
    from typing import Self

    from playwright.async_api import Page

    from agent.artifacts.page_reading import Reading
    from agent.artifacts.seen_page import Box
    from agent.browser.session import Session

LONGEST_SECONDS = 5.0
ATTEMPTS = 2

# Pillow costs a command that takes no picture 25 ms of its start.
_PAINTERS: Table[Callable[..., tuple[bytes, int, int]]] = Table(
    "agent.artifacts", {"jpeg": "paint:painted", "webp": "stills:still"}
)
_SHOT = {"format": "jpeg", "quality": 90, "optimizeForSpeed": True}


class Dropped(NamedTuple):
    """A picture that was not taken, and why."""

    name: str
    reason: str


class Form(NamedTuple):
    """How pictures are written: ``jpeg`` of the page's size, or ``webp`` fitted to ``canvas``."""

    kind: str = "jpeg"
    canvas: tuple[int, int] | None = None


_AS_SHOWN = Form()


class _Shot(NamedTuple):
    """A picture as the browser gave it, and what is to be painted over; in memory only."""

    name: str
    taken_at: float
    content: bytes
    boxes: list[Box]
    width: int


class Camera:
    """Takes masked pictures of a session's page into its private folder.

    ``frames`` are the pictures taken, in order; ``dropped`` the ones that were not. ``clock``
    gives the wall time in seconds. A context manager, at whose end every picture is painted.
    """

    def __init__(
        self, session: Session, *, form: Form = _AS_SHOWN, clock: Callable[[], float] = time.time
    ) -> None:
        self._session = session
        self._form = form
        self._clock = clock
        self._reader = PageReader(session)
        self.frames: list[Picture] = []
        self.dropped: list[Dropped] = []
        self._taking: asyncio.Task[None] | None = None
        self._painting: asyncio.Task[None] | None = None
        self._still: tuple[Page, Reading] | None = None
        self._latest: Picture | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.painted()

    async def capture(self, name: str) -> Picture | None:
        """Take one picture, named for people; ``None`` when it was dropped. Never raises."""
        before = len(self.frames)
        async with self._dropping(name):
            await self._keep(await self._taken(name, await self._read_first()))
        return self.frames[-1] if len(self.frames) > before else None

    async def shoot(self, name: str) -> None:
        """Take one picture as ``capture`` does; it is painted while the run goes on.

        Where the page stands as it stood for the picture before, that one is given a second name.
        """
        async with self._dropping(name):
            first = await self._read_first()
            if self._still == (self._session.page, first):
                work = self._name_again(self._painting, name, self._clock() * 1000)
            else:
                work = self._paint_after(self._painting, await self._taken(name, first))
            self._painting = asyncio.create_task(work)

    def shoot_soon(self, name: str) -> None:
        """Begin to take one picture as ``shoot`` does, after those begun before.

        Whoever changes the page waits for ``session.settled`` first.
        """
        self._taking = asyncio.create_task(self._shoot_after(self._taking, name))
        self._session.settled = self.settled

    async def settled(self) -> None:
        """Wait until every picture that was begun shows what it is to show, or was dropped."""
        await _ended(self._taking)

    async def _shoot_after(self, earlier: asyncio.Task[None] | None, name: str) -> None:
        await _ended(earlier)
        await self.shoot(name)

    async def painted(self) -> None:
        """Wait until every picture that was shot is painted, or dropped."""
        await self.settled()
        await _ended(self._painting)

    async def _paint_after(self, earlier: asyncio.Task[None] | None, shot: _Shot) -> None:
        await _ended(earlier)  # pictures stay in order
        self._latest = None
        async with self._dropping(shot.name):
            await self._keep(shot)
            self._latest = self.frames[-1]

    async def _name_again(
        self, earlier: asyncio.Task[None] | None, name: str, taken_at: float
    ) -> None:
        await _ended(earlier)
        if self._latest is None:
            self.dropped.append(Dropped(name, "the picture before it was dropped"))
        else:
            self.frames.append(replace(self._latest, name=name, taken_at=taken_at))

    @asynccontextmanager
    async def _dropping(self, name: str) -> AsyncIterator[None]:
        """Note why there is no picture, whatever the reason."""
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                yield
        except Unreadable as refusal:
            self.dropped.append(Dropped(name, str(refusal)))
        except TimeoutError:
            self.dropped.append(Dropped(name, "the page did not answer in time"))
        except Exception as error:  # noqa: BLE001 - no picture is better than a wrong one or a failed run
            self.dropped.append(
                Dropped(name, f"the page could not be read: {type(error).__name__}")
            )

    async def _read_first(self) -> Reading:
        page = self._session.page
        await self._reader.refuse_large(page)
        # Pillow's import is slow the first time: meanwhile the browser reads the page
        reading, _ = await asyncio.gather(self._reader.read(page), self._load_painter())
        found: Reading = reading
        return found

    async def _taken(self, name: str, before: Reading) -> _Shot:
        page = self._session.page
        cdp = await self._session.cdp(page)
        self._still = None
        for _ in range(ATTEMPTS):
            taken_at = self._clock() * 1000
            shot = await cdp.send("Page.captureScreenshot", _SHOT)
            after = await self._reader.read(page)
            if _are_alike(before, after):
                self._still = (page, after) if before == after else None
                boxes = [*map(_hull, before.known, after.known), *self._unread(page, before, after)]
                return _Shot(name, taken_at, base64.b64decode(shot["data"]), boxes, self._width())
            before = after
        raise Unreadable("what the page shows of a value changed while the picture was taken")

    def _unread(self, page: Page, before: Reading, after: Reading) -> list[Box]:  # noqa: ARG002 - for others
        """Give the boxes of what cannot be read in a page: whatever is drawn there is hidden."""
        media = [box for _, box in (*before.media, *after.media)]
        return [*media, *before.dark, *after.dark]

    async def _load_painter(self) -> None:
        await asyncio.to_thread(_PAINTERS.__getitem__, self._form.kind)

    def _width(self) -> int:
        size = self._session.page.viewport_size
        if size is None:
            raise Unreadable("the page's size is not known")
        return size["width"]

    async def _keep(self, shot: _Shot) -> None:
        more = () if self._form.canvas is None else (self._form.canvas,)
        paint = partial(_PAINTERS[self._form.kind], shot.content, shot.boxes, shot.width, *more)
        content, width, height = await asyncio.to_thread(paint)
        path = self._session.folder.sub("pictures") / f"{uuid4().hex}.{self._form.kind}"
        write_private(path, content)
        digest = hashlib.sha256(content).hexdigest()
        self.frames.append(Picture(path, shot.name, shot.taken_at, width, height, digest))


async def _ended(work: asyncio.Task[None] | None) -> None:
    """Wait for the end of work; whoever is cancelled while waiting does not cancel it."""
    if work is not None:
        await asyncio.wait((work,))


def _are_alike(before: Reading, after: Reading) -> bool:
    """Whether both are of one document: of one that came between them, nothing is known."""
    return before.document == after.document and len(before.known) == len(after.known)


def _hull(one: Box, other: Box) -> Box:
    """One box around both: text that moved between the readings was somewhere between them."""
    left, top = min(one[0], other[0]), min(one[1], other[1])
    return left, top, max(one[2], other[2]), max(one[3], other[3])
