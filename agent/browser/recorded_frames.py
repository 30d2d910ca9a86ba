"""Where in a page an act was done: the frames around it, as CSS selectors from the outermost."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

    from playwright.async_api import BrowserContext, CDPSession, Frame, Page

_WORLD = "slotrunner-recorder"
_FINDS = "function() { return self.slotrunnerFrame(this); }"


class RecordedFrames:
    """The frames of one page, those in processes of their own too; each is listened to once.

    A frame's place is found when its document begins, since after an act it may be gone.
    """

    def __init__(
        self,
        context: BrowserContext,
        page: Page,
        listen_in: Callable[[CDPSession, RecordedFrames], Awaitable[None]],
    ) -> None:
        self.page = page
        self._context = context
        self._listen_in = listen_in
        self._worlds: dict[tuple[CDPSession, int], str] = {}
        self._context_of: dict[tuple[CDPSession, str], int] = {}
        self._paths: dict[str, asyncio.Task[list[str] | None]] = {}
        self._own: dict[Frame, CDPSession] = {}
        self._roots: dict[CDPSession, str] = {}
        self._outer: dict[CDPSession, CDPSession] = {}

    async def listen(self, cdp: CDPSession, outer: CDPSession | None = None) -> None:
        """Listen in the process of a session; ``outer`` is that of the document around it."""
        if outer is not None:
            self._outer[cdp] = outer
        cdp.on("Runtime.executionContextCreated", lambda told: self._born(cdp, told["context"]))
        await cdp.send("Page.enable")
        await cdp.send("DOM.enable")
        self._roots[cdp] = (await cdp.send("Page.getFrameTree"))["frameTree"]["frame"]["id"]
        await cdp.send("Runtime.enable")
        await self._listen_in(cdp, self)

    async def look_into(self, frame: Frame) -> None:
        """Listen to a frame that has, or has got, a process of its own."""
        before = self._own.get(frame)
        with suppress(PlaywrightError):
            if before is not None:
                await before.send("Page.getFrameTree")
                return
        with suppress(PlaywrightError):
            cdp = await self._context.new_cdp_session(frame)
            self._own[frame] = cdp
            await self.listen(cdp, self._around(frame))

    async def path(self, cdp: CDPSession, context: int) -> list[str] | None:
        """Give the frame of an execution context: ``[]`` for the page itself, ``None`` unknown."""
        frame_id = self._worlds.get((cdp, context))
        if frame_id is None:
            return None
        if frame_id == self._roots.get(cdp) and cdp not in self._outer:
            return []
        return await self._paths[frame_id]

    def _around(self, frame: Frame) -> CDPSession | None:
        at = frame.parent_frame
        while at is not None and at not in self._own and at.parent_frame is not None:
            at = at.parent_frame
        if at is not None and at in self._own:
            return self._own[at]
        return next((cdp for cdp in self._roots if cdp not in self._outer), None)

    def _born(self, cdp: CDPSession, context: Mapping[str, Any]) -> None:
        if context["name"] != _WORLD:
            return
        frame_id = str(context["auxData"]["frameId"])
        self._worlds[cdp, context["id"]] = frame_id
        self._context_of[cdp, frame_id] = context["id"]
        self._paths[frame_id] = asyncio.get_running_loop().create_task(self._find(cdp, frame_id))

    async def _find(self, cdp: CDPSession, frame_id: str) -> list[str] | None:
        """Ask the document around a frame, and that around it, how each is found."""
        try:
            if frame_id != self._roots.get(cdp):
                tree = (await cdp.send("Page.getFrameTree"))["frameTree"]
                parent = _parents(tree)[frame_id]
                return await self._inside(cdp, parent, frame_id)
            outer = self._outer.get(cdp)
            if outer is None:
                return []
            tree = (await outer.send("Page.getFrameTree"))["frameTree"]
            owner = await outer.send("DOM.getFrameOwner", {"frameId": frame_id})
            for parent in [str(tree["frame"]["id"]), *_parents(tree)]:
                with suppress(PlaywrightError):
                    return await self._found(outer, parent, owner["backendNodeId"])
        except (PlaywrightError, KeyError):
            return None
        return None

    async def _inside(self, cdp: CDPSession, parent: str, frame_id: str) -> list[str] | None:
        owner = await cdp.send("DOM.getFrameOwner", {"frameId": frame_id})
        return await self._found(cdp, parent, owner["backendNodeId"])

    async def _found(self, cdp: CDPSession, parent: str, node: int) -> list[str] | None:
        asked = {"backendNodeId": node, "executionContextId": self._context_of[cdp, parent]}
        held = (await cdp.send("DOM.resolveNode", asked))["object"]["objectId"]
        call = {"objectId": held, "functionDeclaration": _FINDS, "returnByValue": True}
        css = (await cdp.send("Runtime.callFunctionOn", call))["result"].get("value")
        around = [] if self._is_page(cdp, parent) else await self._paths[parent]
        return None if not css or around is None else [*around, str(css)]

    def _is_page(self, cdp: CDPSession, frame_id: str) -> bool:
        return frame_id == self._roots.get(cdp) and cdp not in self._outer


def _parents(tree: Mapping[str, Any]) -> dict[str, str]:
    return dict(_pairs(tree))


def _pairs(tree: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for child in tree.get("childFrames", ()):
        yield str(child["frame"]["id"]), str(tree["frame"]["id"])
        yield from _pairs(child)
