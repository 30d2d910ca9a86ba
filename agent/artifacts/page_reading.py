"""Read a page and its frames, each in the process it lives in, into boxes of one picture."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from playwright.async_api import Error as PlaywrightError

from agent.artifacts.foreign import Foreign
from agent.artifacts.seen_page import seen_documents

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.async_api import CDPSession, Frame, Page

    from agent.artifacts.seen_page import Box, SeenDocument
    from agent.browser.session import Session

MOST_ELEMENTS = 4_000

_COUNT = "document.getElementsByTagName('*').length"
# What a step may change and a picture shows, besides text and places.
_STYLES = (
    "color", "background-color", "background-image", "opacity", "visibility", "outline-color",
)  # fmt: skip
_SNAPSHOT: dict[str, Any] = {"computedStyles": list(_STYLES)}


class Unreadable(Exception):
    """There is to be no picture of this page, for the reason given."""


class Reading(NamedTuple):
    """What the page shows: boxes of known values and filled fields, boxes of media and of frames.

    ``document`` is another number for another document. ``looks`` are the snapshots as the browser
    gave them: where two readings are equal, nothing moved, changed its text or its colours. Media
    have their names; frames that cannot be looked into are ``dark``.
    """

    known: list[Box]
    media: list[tuple[str, Box]]
    looks: list[Any]
    dark: list[Box]
    document: int = 0


class PageReader:
    """Reads the pages of one session; keeps the CDP sessions of frames in other processes."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._foreign = Foreign(session.secrets)
        self._far: dict[Frame, CDPSession] = {}

    async def refuse_large(self, page: Page) -> None:
        """Raise ``Unreadable`` where reading would hold the run up: it grows faster than a page."""
        cdp = await self._session.cdp(page)
        answer = await cdp.send("Runtime.evaluate", {"expression": _COUNT, "returnByValue": True})
        count = answer.get("result", {}).get("value")
        if isinstance(count, int) and count > MOST_ELEMENTS:
            raise Unreadable(f"the page has more than {MOST_ELEMENTS} elements")

    async def read(self, page: Page) -> Reading:
        """Read the page once; raises ``Unreadable``, or Playwright's error when it went away."""
        reading = Reading([], [], [], [])
        cdp = await self._session.cdp(page)
        root = await self._read_process(page, cdp, _as_it_is, reading)
        return reading._replace(document=root)

    async def _read_process(
        self, page: Page, cdp: CDPSession, place: Callable[[Box], Box], reading: Reading
    ) -> int:
        """Read the documents of one process; a frame of another is read there or painted over.

        Gives the first document's id.
        """
        snapshot = await cdp.send("DOMSnapshot.captureSnapshot", _SNAPSHOT)
        reading.looks.append(snapshot)
        documents = seen_documents(snapshot, self._session.secrets.redactor)
        for document in documents:
            if document.refusal:
                raise Unreadable(document.refusal)
            if self._foreign.shows_at(document.url, document.labels):
                raise Unreadable("an origin shows a value that is not for it")
            if not (document.known or document.media or document.far):
                continue
            inside = _within(place, await _place_of(cdp, document))
            reading.known.extend(inside(box) for box in document.known)
            reading.media.extend((name, inside(box)) for name, box in document.media)
            for owner, box in document.far:
                far = await self._far_session(page, cdp, owner)
                if far is None:
                    reading.dark.append(inside(box))
                else:
                    there = _within(place, await _place_in(cdp, owner))
                    await self._read_process(page, far, there, reading)
        return documents[0].root

    async def _far_session(self, page: Page, cdp: CDPSession, owner: int) -> CDPSession | None:
        """The session of the frame whose element is ``owner``, when it has a process of its own."""
        for frame in page.frames[1:]:
            with suppress(PlaywrightError):
                if frame not in self._far:
                    self._far[frame] = await page.context.new_cdp_session(frame)
                tree = await self._far[frame].send("Page.getFrameTree")
                frame_id = tree["frameTree"]["frame"]["id"]
                found = await cdp.send("DOM.getFrameOwner", {"frameId": frame_id})
                if found["backendNodeId"] == owner:
                    return self._far[frame]
        return None


def _as_it_is(box: Box) -> Box:
    return box


def _within(outer: Callable[[Box], Box], inner: Callable[[Box], Box]) -> Callable[[Box], Box]:
    return lambda box: outer(inner(box))


async def _place_of(cdp: CDPSession, document: SeenDocument) -> Callable[[Box], Box]:
    return _as_it_is if document.owner is None else await _place_in(cdp, document.owner)


async def _place_in(cdp: CDPSession, owner: int) -> Callable[[Box], Box]:
    """How boxes inside a frame lie outside it: clipped to it, and all of one scaled or turned."""
    model = (await cdp.send("DOM.getBoxModel", {"backendNodeId": owner}))["model"]
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
