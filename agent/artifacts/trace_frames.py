"""Put the camera's pictures into a trace as the frames of its film strip."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from agent.artifacts.raw import Picture
    from agent.artifacts.trace_events import Event


def film_strip(
    pictures: Sequence[Picture], events: Iterable[Event]
) -> tuple[list[Event], dict[str, bytes]]:
    """The ``screencast-frame`` events and members for ``pictures``.

    The recorder's clock starts elsewhere than the wall clock: the context event gives both. A
    picture belongs to the page whose main frame was last seen before it was taken.
    """
    clock = 0.0
    pages: list[tuple[float, str]] = []
    for event in events:
        if event.get("type") == "context-options":
            clock = float(event.get("monotonicTime", 0)) - float(event.get("wallTime", 0))
        snapshot = event.get("snapshot") or {}
        if snapshot.get("isMainFrame"):
            pages.append((float(snapshot.get("wallTime", 0)), str(snapshot.get("pageId", ""))))
    frames: list[Event] = []
    members: dict[str, bytes] = {}
    for number, picture in enumerate(pictures, start=1) if pages else ():
        file = f"screencast/f{number:06d}.jpeg"
        members[file] = picture.path.read_bytes()
        frames.append(
            {
                "type": "screencast-frame",
                "pageId": _page_at(picture.taken_at, pages),
                "file": file,
                "width": picture.width,
                "height": picture.height,
                "timestamp": round(picture.taken_at + clock, 3),
                "frameSwapWallTime": round(picture.taken_at, 3),
            }
        )
    return frames, members


def _page_at(moment: float, pages: list[tuple[float, str]]) -> str:
    earlier = [page for seen, page in pages if seen <= moment]
    return earlier[-1] if earlier else pages[0][1]
