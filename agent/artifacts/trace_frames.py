"""Put the camera's pictures into a trace as the frames of its film strip."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agent.artifacts.raw import Picture
    from agent.artifacts.trace_events import Event


class FilmStrip:
    """The pictures of a run as frames of one trace: what its events tell is noted first.

    The recorder's clock starts elsewhere than the wall clock: the context event gives both. A
    picture belongs to the page whose main frame was last seen before it was taken.
    """

    def __init__(self) -> None:
        self._clock = 0.0
        self._pages: list[tuple[float, str]] = []

    def note(self, event: Event) -> None:
        """Take in the next event of the trace."""
        if event.get("type") == "context-options":
            self._clock = float(event.get("monotonicTime", 0)) - float(event.get("wallTime", 0))
        snapshot = event.get("snapshot") or {}
        if snapshot.get("isMainFrame"):
            page = str(snapshot.get("pageId", ""))
            if not self._pages or self._pages[-1][1] != page:
                self._pages.append((float(snapshot.get("wallTime", 0)), page))

    def frames(self, pictures: Sequence[Picture]) -> Iterator[tuple[Event, Picture]]:
        """Each picture with its ``screencast-frame`` event; none where no page was seen."""
        for number, picture in enumerate(pictures, start=1) if self._pages else ():
            yield (
                {
                    "type": "screencast-frame",
                    "pageId": _page_at(picture.taken_at, self._pages),
                    "file": f"screencast/f{number:06d}.jpeg",
                    "width": picture.width,
                    "height": picture.height,
                    "timestamp": round(picture.taken_at + self._clock, 3),
                    "frameSwapWallTime": round(picture.taken_at, 3),
                },
                picture,
            )


def _page_at(moment: float, pages: list[tuple[float, str]]) -> str:
    earlier = [page for seen, page in pages if seen <= moment]
    return earlier[-1] if earlier else pages[0][1]
