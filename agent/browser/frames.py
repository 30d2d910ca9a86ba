"""Where an element stands: its frame, and the origin of that frame and of every one around it.

The origins come from the browser process (``frame.url``), and the isolated world of the frame must
agree; what the page's own scripts say is never asked, they can lie (security.md 3.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.browser.isolated import in_isolated_world
from agent.errors import OriginRefused, UsageError
from agent.vault.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.async_api import ElementHandle, Frame

    from agent.browser.session import Session

_SEES = "function() { return [self.origin, ...location.ancestorOrigins]; }"


@dataclass(frozen=True, slots=True)
class Place:
    """The frame an element stands in; ``origins`` is its own first, then each ancestor's."""

    frame: Frame
    origins: tuple[Origin, ...]
    step: str

    def texts(self) -> list[str]:
        """Return the origins as a page's ``self.origin`` writes them."""
        return [str(origin) for origin in self.origins]


async def receiver_of(session: Session, handle: ElementHandle, step: str = "") -> Place:
    """Return where the element stands, agreed on by the browser process and an isolated world.

    Raises ``OriginRefused`` for an element without a frame, for frames that are not http(s)
    (``srcdoc``, ``about:blank``, ``data:``, ``blob:``), for sandboxed ones, and when the two
    disagree. Whether a secret may go there is for ``agent.vault.reveal`` to say.
    """
    place = await place_of(handle, step)
    async with in_isolated_world(session, handle, place.frame) as element:
        require_same(place, await element.call(_SEES))
    return place


async def place_of(handle: ElementHandle, step: str) -> Place:
    """Return where the browser process says the element stands; the page may have moved on since.

    Raises ``OriginRefused`` as ``receiver_of`` does.
    """
    frame = await handle.owner_frame()
    if frame is None:
        raise OriginRefused("the field belongs to no page, so nothing says who would get the value")
    return place_in(frame, step)


def place_in(frame: Frame, step: str) -> Place:
    """Return what the browser process says of a frame and of those around it.

    Raises ``OriginRefused`` for a frame that is not http(s).
    """
    return Place(frame, tuple(_origin_of(one) for one in ancestry(frame)), step)


def require_same(place: Place, seen: object) -> None:
    """Raise ``OriginRefused`` unless the isolated world sees the same origins, in order."""
    if seen != place.texts():
        raise OriginRefused(
            f"the page at {place.origins[0]} is sandboxed or has moved on; nothing was typed",
            hint="If a redirect is expected here, wait for its end before this step.",
        )


def ancestry(frame: Frame) -> Iterator[Frame]:
    """Return the frame and every frame around it, to the top."""
    current: Frame | None = frame
    while current is not None:
        yield current
        current = current.parent_frame


def _origin_of(frame: Frame) -> Origin:
    try:
        return Origin.parse(frame.url)
    except UsageError:
        scheme = frame.url.partition(":")[0][:20] or "empty"
        raise OriginRefused(
            f"a secret is typed into http and https pages only, not into a {scheme!r} frame"
        ) from None
