"""Look at a page and its frames in isolated worlds, without a change to them.

Two calls of the browser's debugging protocol see a new document for the first time, one sees it
again. Elements found in a look are fetched by their path in Playwright's own isolated world, so
page scripts take no part in that either.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError

from agent.browser.isolated import IsolatedElement, Sighting
from agent.login.closed_roots import Eye
from agent.login.facts import RawLook, raw_look

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playwright.async_api import CDPSession, ElementHandle, Frame, Page

    from agent.login.observation import Spot

WORLD = "slotrunner-login"
# A context's number may name another world after a navigation; only ours knows this name.
_NAME = f"observer_{secrets.token_hex(12)}"
_FRAME_PATIENCE = 1.0  # seconds for one frame, which may belong to a page that does not answer
_DEPTH = 3
_SEARCH_AGAIN = 0.4  # seconds a page may show nothing to type into before all of it is searched
_PLAIN = re.compile(r"[a-z-]+")


class Vanished(Exception):
    """The document went away while it was looked at; its successor is to be looked at."""


@dataclass(slots=True)
class _World:
    """The observer in one frame; reinstalled whenever the frame has a new document."""

    cdp: CDPSession
    frame_id: str
    frame: Frame
    context: int = 0
    searched_at: float = field(default_factory=time.monotonic)

    async def told(self) -> str:
        return str((await self._ask("look()"))["value"])

    async def script_time(self) -> float:
        return float((await self._ask("timed()"))["value"])

    async def look(self) -> RawLook:
        look = raw_look(await self.told())
        if self._may_hide_more(look):
            found = 0
            with suppress(PlaywrightError):
                eye = Eye(self.cdp, self.context, _NAME)
                found = await eye.admit_closed_roots(look.suspects)
            self.searched_at = time.monotonic()
            if found:
                look = raw_look(await self.told())
        return look

    def _may_hide_more(self, look: RawLook) -> bool:
        """Tell whether to ask for closed shadow roots, which any element may have."""
        if look.ready == "loading":
            return False
        if look.suspects:
            return True
        bare = not look.frames and not any(f.usable for f in look.fields)
        return bare and time.monotonic() - self.searched_at > _SEARCH_AGAIN

    async def changed(self, milliseconds: float) -> bool:
        if not self.context:
            return False
        with suppress(Vanished):
            await self._evaluate(f"{_NAME}.changed({milliseconds:.0f})", wait=True)
            return True
        return False

    async def element(self, number: int) -> IsolatedElement:
        """Give the element that the looks at this document know by ``number``."""
        answer = await self._evaluate(f"{_NAME}.element({number:d})", by_value=False)
        if "objectId" not in answer:
            raise Vanished
        return IsolatedElement(self.cdp, str(answer["objectId"]))

    async def child(self, place: int) -> str:
        """Return the frame id of the iframe at ``place`` of the last look."""
        answer = await self._ask(f"frame({place})", by_value=False)
        if "objectId" not in answer:
            raise Vanished
        node = await self.cdp.send("DOM.describeNode", {"objectId": answer["objectId"]})
        return str(node["node"].get("frameId", ""))

    async def _ask(self, question: str, *, by_value: bool = True) -> dict[str, Any]:
        if self.context:
            with suppress(Vanished):
                return await self._evaluate(f"{_NAME}.{question}", by_value=by_value)
        try:
            world = await self.cdp.send(
                "Page.createIsolatedWorld", {"frameId": self.frame_id, "worldName": WORLD}
            )
        except PlaywrightError:
            raise Vanished from None
        self.context = world["executionContextId"]
        installed = f"(globalThis.{_NAME} = {_script()}).{question}"
        return await self._evaluate(installed, by_value=by_value)

    async def _evaluate(
        self, expression: str, *, by_value: bool = True, wait: bool = False
    ) -> dict[str, Any]:
        asked = {
            "expression": expression,
            "contextId": self.context,
            "returnByValue": by_value,
            "awaitPromise": wait,
            "silent": True,
        }
        try:
            answer = await self.cdp.send("Runtime.evaluate", asked)
        except PlaywrightError:
            self.context = 0
            raise Vanished from None
        if "exceptionDetails" in answer:
            self.context = 0
            raise Vanished
        return dict(answer["result"])


@dataclass(slots=True)
class Observer:
    """Looks at one page; ``cdp`` is a debugging session of it, ``looks`` the last look's parts."""

    page: Page
    cdp: CDPSession
    looks: list[RawLook] = field(default_factory=list)
    _main: _World | None = None
    _worlds: list[_World] = field(default_factory=list)
    _handles: dict[str, asyncio.Future[ElementHandle | None]] = field(default_factory=dict)

    async def look(self) -> Sequence[RawLook]:
        """Look once: the page's own document first, then its visible frames.

        Raises ``Vanished`` when the document is being replaced.
        """
        main = await self._main_world()
        look = await main.look()
        looks, worlds = [look], [main]
        if look.frames and look.ready != "loading":
            await self._look_inside(main, look, (looks, worlds), 1)
        if not self.looks or look.document != self.looks[0].document:
            self._handles = {}
        self.looks, self._worlds = looks, worlds
        return looks

    async def told(self) -> str:
        """Look at the page's own document and give the answer as it came, for measuring."""
        return await (await self._main_world()).told()

    async def script_time(self) -> float:
        """Tell how many milliseconds the script takes for one look at the page's own document."""
        return await (await self._main_world()).script_time()

    async def changed(self, seconds: float) -> bool:
        """Wait until the document changes, ``seconds`` at most; False when it went away."""
        return await (await self._main_world()).changed(seconds * 1000)

    async def handle(self, spot: Spot) -> ElementHandle | None:
        """Fetch the element at a spot of the last look; None when the page has changed there."""
        self.expect(spot)
        return await self._handles[spot.key]

    def expect(self, spot: Spot) -> None:
        """Begin to fetch an element that will be asked for, while other things are done."""
        if spot.key not in self._handles:
            self._handles[spot.key] = asyncio.ensure_future(self._find(spot))

    async def sighting(self, spot: Spot) -> Sighting | None:
        """Meet the element at a spot of the last look in the world it was seen in.

        None when the document has gone. Leaves no mark in a recording, unlike ``handle``.
        """
        world = self._worlds[spot.frame]
        document, _, number = spot.key.rpartition("#")
        if document != str(self.looks[spot.frame].document):
            return None
        with suppress(Vanished):
            return Sighting(await world.element(int(number)), world.frame)
        return None

    async def _find(self, spot: Spot) -> ElementHandle | None:
        with suppress(PlaywrightError):
            return await self._worlds[spot.frame].frame.query_selector(selector_of(spot))
        return None

    async def _main_world(self) -> _World:
        if self._main is None:
            tree = await self.cdp.send("Page.getFrameTree")
            frame_id = tree["frameTree"]["frame"]["id"]
            self._main = _World(self.cdp, frame_id, self.page.main_frame)
        return self._main

    async def _look_inside(
        self, outer: _World, look: RawLook, found: tuple[list[RawLook], list[_World]], depth: int
    ) -> None:
        for place, path in enumerate(look.frames):
            with suppress(Vanished, TimeoutError, PlaywrightError):
                async with asyncio.timeout(_FRAME_PATIENCE):
                    inner = await self._inner_world(outer, place, path)
                    inner_look = await inner.look()
                    found[0].append(inner_look)
                    found[1].append(inner)
                if inner_look.frames and depth < _DEPTH:
                    await self._look_inside(inner, inner_look, found, depth + 1)

    async def _inner_world(self, outer: _World, place: int, path: str) -> _World:
        frame_id = await outer.child(place)
        known = next((w for w in self._worlds if w.frame_id == frame_id), None)
        if known:
            return known
        element = await outer.frame.query_selector(selector_of_path(path))
        frame = await element.content_frame() if element else None
        if frame is None:
            raise Vanished
        world = _World(outer.cdp, frame_id, frame)
        with suppress(PlaywrightError):
            # Only a frame in a process of its own has a session of its own.
            world.cdp = await self.page.context.new_cdp_session(frame)
        return world


def selector_of(spot: Spot) -> str:
    """Write a Playwright selector that finds the element of a spot, or nothing."""
    selector = selector_of_path(spot.path)
    asked = f"self::*[local-name()='{spot.tag}']" if _PLAIN.fullmatch(spot.tag) else ""
    if asked and _PLAIN.fullmatch(spot.type) and spot.type not in (spot.tag, "text"):
        asked += f"[translate(@type,'{_UPPER}','{_UPPER.lower()}')='{spot.type}']"
    return f"{selector} >> xpath={asked}" if asked else selector


def selector_of_path(path: str) -> str:
    """Write a Playwright selector for a path of places, with a part for each shadow root.

    A child of a shadow root is one whose parent is no element: ``:light(* > *)`` does not hold.
    """
    parts: list[str] = []
    steps = path.split("/")
    at = 0
    while at < len(steps):
        if steps[at] == "s":
            parts.append(f"css=:scope > :nth-child({steps[at + 1]}):not(:light(* > *))")
            at += 2
            continue
        end = steps.index("s", at) if "s" in steps[at:] else len(steps)
        start = "/" if not parts else "./"
        parts.append("xpath=" + start + "/".join(f"*[{step}]" for step in steps[at:end]))
        at = end
    return " >> ".join(parts)


_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@cache
def _script() -> str:
    script = files(__package__).joinpath("observe.js").read_text("utf-8")
    return script.rstrip().removesuffix(";") + "\n"
