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
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

from agent.artifacts.archive import write_private
from agent.artifacts.raw import Picture
from agent.artifacts.seen_page import seen_documents
from agent.registry import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from playwright.async_api import CDPSession

    from agent.artifacts.seen_page import Box, SeenDocument
    from agent.browser.session import Session

MOST_ELEMENTS = 4_000
LONGEST_SECONDS = 5.0
ATTEMPTS = 2

# Pillow costs a command that takes no picture 25 ms of its start.
_PAINTERS: Table[Callable[[bytes, Sequence[Box], float], tuple[bytes, int, int]]] = Table(
    "agent.artifacts", {"jpeg": "paint:painted"}
)
_COUNT = "document.getElementsByTagName('*').length"
_SNAPSHOT: dict[str, Any] = {"computedStyles": []}
_SHOT = {"format": "jpeg", "quality": 90, "optimizeForSpeed": True}


class Dropped(NamedTuple):
    """A picture that was not taken, and why."""

    name: str
    reason: str


class Scan(NamedTuple):
    """One reading of the page: boxes of known values and fields, and boxes of media."""

    known: list[Box]
    media: list[Box]


class _NoPicture(Exception):
    """There is to be no picture, for the reason given."""


class Camera:
    """Takes masked pictures of a session's page into its private folder.

    ``frames`` are the pictures taken, in order; ``dropped`` the ones that were not. ``clock``
    gives the wall time in seconds.
    """

    def __init__(self, session: Session, *, clock: Callable[[], float] = time.time) -> None:
        self._session = session
        self._clock = clock
        self.frames: list[Picture] = []
        self.dropped: list[Dropped] = []

    async def capture(self, name: str) -> Picture | None:
        """Take one picture, named for people; ``None`` when it was dropped. Never raises."""
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                return await self._capture(name)
        except _NoPicture as refusal:
            self.dropped.append(Dropped(name, str(refusal)))
        except TimeoutError:
            self.dropped.append(Dropped(name, "the page did not answer in time"))
        except Exception as error:  # noqa: BLE001 - no picture is better than a wrong one or a failed run
            self.dropped.append(
                Dropped(name, f"the page could not be read: {type(error).__name__}")
            )
        return None

    async def _capture(self, name: str) -> Picture:
        cdp = await self._session.cdp(self._session.page)
        await _refuse_large(cdp)
        # Pillow's import is slow the first time: meanwhile the browser reads the page
        before, _ = await asyncio.gather(self._scan(cdp), asyncio.to_thread(_load_painter))
        for _ in range(ATTEMPTS):
            taken_at = self._clock() * 1000
            shot = await cdp.send("Page.captureScreenshot", _SHOT)
            after = await self._scan(cdp)
            if len(after.known) == len(before.known):
                boxes = [*map(_hull, before.known, after.known), *before.media, *after.media]
                return await self._keep(name, taken_at, base64.b64decode(shot["data"]), boxes)
            before = after
        raise _NoPicture("what the page shows of a value changed while the picture was taken")

    async def _scan(self, cdp: CDPSession) -> Scan:
        snapshot = await cdp.send("DOMSnapshot.captureSnapshot", _SNAPSHOT)
        documents = seen_documents(snapshot, self._session.secrets.redactor)
        scan = Scan([], [])
        for document in documents:
            if document.refusal:
                raise _NoPicture(document.refusal)
            if document.known or document.media:
                place = await _place_of(cdp, document)
                scan.known.extend(place(box) for box in document.known)
                scan.media.extend(place(box) for box in document.media)
        return scan

    async def _keep(self, name: str, taken_at: float, shot: bytes, boxes: list[Box]) -> Picture:
        size = self._session.page.viewport_size
        if size is None:
            raise _NoPicture("the page's size is not known")
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


async def _refuse_large(cdp: CDPSession) -> None:
    """Refuse a page on which the reading would hold the run up: it grows faster than the page."""
    answer = await cdp.send("Runtime.evaluate", {"expression": _COUNT, "returnByValue": True})
    count = answer.get("result", {}).get("value")
    if isinstance(count, int) and count > MOST_ELEMENTS:
        raise _NoPicture(f"the page has more than {MOST_ELEMENTS} elements")


async def _place_of(cdp: CDPSession, document: SeenDocument) -> Callable[[Box], Box]:
    """How boxes of a document lie in the picture; all of a frame that is scaled or turned."""
    if document.owner is None:
        return lambda box: box
    model = (await cdp.send("DOM.getBoxModel", {"backendNodeId": document.owner}))["model"]
    content, border = model["content"], model["border"]
    if _is_upright(border, model):
        left, top, right, bottom = _bounds(content)
        return lambda box: (
            max(box[0] + left, left),
            max(box[1] + top, top),
            min(box[2] + left, right),
            min(box[3] + top, bottom),
        )
    whole = _bounds(border)
    return lambda _: whole


def _is_upright(quad: list[float], model: dict[str, Any]) -> bool:
    left, top, right, bottom = _bounds(quad)
    width, height = float(model["width"]), float(model["height"])
    return abs(right - left - width) <= 1 and abs(bottom - top - height) <= 1


def _bounds(quad: list[float]) -> Box:
    return min(quad[::2]), min(quad[1::2]), max(quad[::2]), max(quad[1::2])


def _hull(one: Box, other: Box) -> Box:
    """One box around both: text that moved between the readings was somewhere between them."""
    left, top = min(one[0], other[0]), min(one[1], other[1])
    return left, top, max(one[2], other[2]), max(one[3], other[3])
