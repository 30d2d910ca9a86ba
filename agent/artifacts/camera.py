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
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

from agent.artifacts.archive import write_private
from agent.artifacts.page_reading import PageReader, Unreadable
from agent.artifacts.raw import Picture
from agent.registry import Table

if TYPE_CHECKING:
    from collections.abc import Callable

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


class Camera:
    """Takes masked pictures of a session's page into its private folder.

    ``frames`` are the pictures taken, in order; ``dropped`` the ones that were not. ``clock``
    gives the wall time in seconds.
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

    async def capture(self, name: str) -> Picture | None:
        """Take one picture, named for people; ``None`` when it was dropped. Never raises."""
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                return await self._capture(name)
        except Unreadable as refusal:
            self.dropped.append(Dropped(name, str(refusal)))
        except TimeoutError:
            self.dropped.append(Dropped(name, "the page did not answer in time"))
        except Exception as error:  # noqa: BLE001 - no picture is better than a wrong one or a failed run
            self.dropped.append(
                Dropped(name, f"the page could not be read: {type(error).__name__}")
            )
        return None

    async def _capture(self, name: str) -> Picture:
        page = self._session.page
        cdp = await self._session.cdp(page)
        await self._reader.refuse_large(page)
        # Pillow's import is slow the first time: meanwhile the browser reads the page
        before, _ = await asyncio.gather(self._reader.read(page), self._load_painter())
        for _ in range(ATTEMPTS):
            taken_at = self._clock() * 1000
            shot = await cdp.send("Page.captureScreenshot", _SHOT)
            after = await self._reader.read(page)
            if _are_alike(before, after):
                boxes = [*map(_hull, before.known, after.known), *before.media, *after.media]
                return await self._keep(name, taken_at, base64.b64decode(shot["data"]), boxes)
            before = after
        raise Unreadable("what the page shows of a value changed while the picture was taken")

    async def _load_painter(self) -> None:
        await asyncio.to_thread(_PAINTERS.__getitem__, self._form.kind)

    async def _keep(self, name: str, taken_at: float, shot: bytes, boxes: list[Box]) -> Picture:
        size = self._session.page.viewport_size
        if size is None:
            raise Unreadable("the page's size is not known")
        more = () if self._form.canvas is None else (self._form.canvas,)
        paint = _PAINTERS[self._form.kind]
        content, width, height = await asyncio.to_thread(paint, shot, boxes, size["width"], *more)
        path = self._session.folder.sub("pictures") / f"{uuid4().hex}.{self._form.kind}"
        write_private(path, content)
        digest = hashlib.sha256(content).hexdigest()
        self.frames.append(Picture(path, name, taken_at, width, height, digest))
        return self.frames[-1]


def _are_alike(before: Reading, after: Reading) -> bool:
    """Whether both are of one document: of one that came between them, nothing is known."""
    return before.document == after.document and len(before.known) == len(after.known)


def _hull(one: Box, other: Box) -> Box:
    """One box around both: text that moved between the readings was somewhere between them."""
    left, top = min(one[0], other[0]), min(one[1], other[1])
    return left, top, max(one[2], other[2]), max(one[3], other[3])
