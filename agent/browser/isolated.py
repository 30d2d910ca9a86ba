"""Hold an element in a JavaScript world of our own, where the page's scripts cannot lie.

Playwright's handle lives in the page's world. To meet the same element from an isolated world of
its frame, the element is sent an event of a random name that only a listener over there waits for.
"""

from __future__ import annotations

import secrets
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError

from agent.errors import FillRefused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from playwright.async_api import CDPSession, ElementHandle, Frame

    from agent.browser.session import Session

WORLD = "slotrunner"
_PATIENCE = (
    10_000.0  # milliseconds; a page that is stopped in a dialog or a debugger does not answer
)
_LISTEN = """function(name) {
  const box = {};
  window.addEventListener(name, (event) => { box.element = event.composedPath()[0]; },
    { capture: true, once: true });
  return box;
}"""
_HAS_ELEMENT = "function() { return Boolean(this.element); }"
_CALL_OUT = "(element, name) => { element.dispatchEvent(new Event(name, { composed: true })); }"


@dataclass(frozen=True, slots=True)
class IsolatedElement:
    """An element seen from an isolated world; ``this.element`` in the functions called on it.

    Its id names one world of one document in one process: after a navigation calls fail.
    """

    cdp: CDPSession
    object_id: str

    async def call(self, function: str, argument: object = None, *, wait: bool = False) -> Any:
        """Run a function in one turn of the page, so that nothing happens between its lines.

        ``wait`` is for one that gives a promise.
        """
        answer = await self.cdp.send(
            "Runtime.callFunctionOn",
            {
                "objectId": self.object_id,
                "functionDeclaration": function,
                "arguments": [{"value": argument}],
                "returnByValue": True,
                "awaitPromise": wait,
                "silent": True,
            },
            timeout=_PATIENCE,
        )
        if "exceptionDetails" in answer:
            raise FillRefused("the page does not allow its field to be examined")
        return answer["result"].get("value")


@dataclass(frozen=True, slots=True)
class Sighting:
    """An element that somebody has met in an isolated world already, and its frame."""

    element: IsolatedElement
    frame: Frame


@contextmanager
def while_the_page_stands() -> Iterator[None]:
    """Turn the failure of a call into a page that went away into ``FillRefused``."""
    try:
        yield
    except PlaywrightError:
        raise FillRefused(
            "the page changed while its field was being filled",
            hint="Wait for the page to settle before this step.",
        ) from None


@asynccontextmanager
async def in_isolated_world(
    session: Session, handle: ElementHandle, frame: Frame
) -> AsyncIterator[IsolatedElement]:
    """Give the element of ``handle`` as an isolated world of ``frame`` sees it.

    Raises ``FillRefused`` when the element cannot be met there: it is gone, the document was
    replaced, or it stands in a closed shadow tree.
    """
    cdp, own = await _session_for(session, frame)
    try:
        with while_the_page_stands():
            yield await _meet(cdp, handle, frame)
    finally:
        if own:
            with suppress(PlaywrightError):
                await cdp.detach()


async def _session_for(session: Session, frame: Frame) -> tuple[CDPSession, bool]:
    """Return the CDP session of the frame's process, and whether it is to be detached after use.

    Only a frame in a process of its own has a session; Playwright says so with an error.
    """
    current: Frame = frame
    while (parent := current.parent_frame) is not None:
        with suppress(PlaywrightError):
            return await session.context.new_cdp_session(current), True
        current = parent
    return await session.cdp(frame.page), False


async def _meet(cdp: CDPSession, handle: ElementHandle, frame: Frame) -> IsolatedElement:
    name = secrets.token_hex(16)
    tree = (await cdp.send("Page.getFrameTree"))["frameTree"]
    url = frame.url.partition("#")[0]
    waiting = [
        await _listen(cdp, entry["id"], name) for entry in _entries(tree) if entry["url"] == url
    ]
    await handle.evaluate(_CALL_OUT, name)
    for element in waiting:
        if len(waiting) == 1 or await element.call(_HAS_ELEMENT):
            return element
    raise FillRefused("the field is not where the page showed it")


async def _listen(cdp: CDPSession, frame_id: str, name: str) -> IsolatedElement:
    world = await cdp.send("Page.createIsolatedWorld", {"frameId": frame_id, "worldName": WORLD})
    answer = await cdp.send(
        "Runtime.callFunctionOn",
        {
            "executionContextId": world["executionContextId"],
            "functionDeclaration": _LISTEN,
            "arguments": [{"value": name}],
        },
    )
    return IsolatedElement(cdp, answer["result"]["objectId"])


def _entries(tree: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield tree["frame"]
    for child in tree.get("childFrames", ()):
        yield from _entries(child)
