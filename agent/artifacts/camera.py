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
    from collections.abc import Callable, Sequence

    from agent.artifacts.seen_page import Box
    from agent.browser.session import Session

LONGEST_SECONDS = 5.0
ATTEMPTS = 2

# Pillow costs a command that takes no picture 25 ms of its start.
_PAINTERS: Table[Callable[[bytes, Sequence[Box], float], tuple[bytes, int, int]]] = Table(
    "agent.artifacts", {"jpeg": "paint:painted"}
)
_SHOT = {"format": "jpeg", "quality": 90, "optimizeForSpeed": True}


class Dropped(NamedTuple):
    """A picture that was not taken, and why."""

    name: str
    reason: str


class Camera:
    """Takes masked pictures of a session's page into its private folder.

    ``frames`` are the pictures taken, in order; ``dropped`` the ones that were not. ``clock``
    gives the wall time in seconds.
    """

    def __init__(self, session: Session, *, clock: Callable[[], float] = time.time) -> None:
        self._session = session
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
        before, _ = await asyncio.gather(self._reader.read(page), asyncio.to_thread(_load_painter))
        for _ in range(ATTEMPTS):
            taken_at = self._clock() * 1000
            shot = await cdp.send("Page.captureScreenshot", _SHOT)
            after = await self._reader.read(page)
            if len(after.known) == len(before.known):
                boxes = [*map(_hull, before.known, after.known), *before.media, *after.media]
                return await self._keep(name, taken_at, base64.b64decode(shot["data"]), boxes)
            before = after
        raise Unreadable("what the page shows of a value changed while the picture was taken")

    async def _keep(self, name: str, taken_at: float, shot: bytes, boxes: list[Box]) -> Picture:
        size = self._session.page.viewport_size
        if size is None:
            raise Unreadable("the page's size is not known")
        jpeg, width, height = await asyncio.to_thread(_paint, shot, boxes, size["width"])
        path = self._session.folder.sub("pictures") / f"{uuid4().hex}.jpeg"
        write_private(path, jpeg)
        digest = hashlib.sha256(jpeg).hexdigest()
        self.frames.append(Picture(path, name, taken_at, width, height, digest))
        return self.frames[-1]


def _load_painter() -> None:
    _PAINTERS["jpeg"]


def _paint(shot: bytes, boxes: Sequence[Box], width: float) -> tuple[bytes, int, int]:
    return _PAINTERS["jpeg"](shot, boxes, width)


def _hull(one: Box, other: Box) -> Box:
    """One box around both: text that moved between the readings was somewhere between them."""
    left, top = min(one[0], other[0]), min(one[1], other[1])
    return left, top, max(one[2], other[2]), max(one[3], other[3])
