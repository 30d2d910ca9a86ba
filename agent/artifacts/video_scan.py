"""Judge a video: where its pictures come from, what can be read in some of them, and the rest."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from agent.artifacts.film_reading import Unreadable, as_webp, parts_of
from agent.artifacts.hits import Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.artifacts.scanning import Scan

WEBM = b"\x1a\x45\xdf\xa3"
UNREAD = "a video, which cannot be read here"


def look_into(scan: Scan, file: IO[bytes], member: str) -> Iterator[Hit]:
    """Every reason not to keep a WebM file.

    A run's own holds pictures the camera vouches for, one key frame each, and nothing it does not
    need. Of any other, what only its player can draw is a reason by itself.
    """
    own = scan.on_picture is not None
    pictures, rest = 0, []
    try:
        for part in parts_of(file):
            pictures += part.picture
            if own and not part.ours:
                yield Hit(member, rule="a video with more in it than a film of ours has")
            if part.picture:
                yield from _of_picture(scan, part.content, member)
            else:
                rest.append(part.content)
        if own:
            yield from scan.stream(iter((b"\n".join(rest),)), member)
        yield from _read_some(scan, file, member, pictures)
    except Unreadable as error:
        yield Hit(member, rule=f"{UNREAD}: {error}")


def _of_picture(scan: Scan, frame: bytes, member: str) -> Iterator[Hit]:
    webp = as_webp(frame)
    if webp is None:
        yield Hit(member, rule=UNREAD)
    elif scan.on_picture is not None:
        yield from scan.on_picture(member, webp)


def _read_some(scan: Scan, file: IO[bytes], member: str, pictures: int) -> Iterator[Hit]:
    """Read some pictures by OCR, the first and the last and others evenly between them."""
    if not pictures or not scan.reads_pictures():
        return
    few = max(min(scan.limits.video_pictures, pictures), 1)
    chosen = {round(n * (pictures - 1) / max(few - 1, 1)) for n in range(few)}
    frames = (part.content for part in parts_of(file) if part.picture)
    for number, frame in enumerate(frames):
        webp = as_webp(frame) if number in chosen else None
        if webp is not None:
            yield from scan.words(member, webp)
