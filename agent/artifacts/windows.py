"""A stream as windows that overlap, so that a value across two of them stands whole in one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SIZE = 1024 * 1024
OVERLAP = 64 * 1024
# A letter of a value takes this many bytes in the widest layering of escapes that is looked for.
_WIDEST_LETTER = 24
_LINE_WITHIN = 4


class Window(NamedTuple):
    """A piece of a stream; ``cut`` where the stream goes on behind it."""

    content: bytes
    cut: bool


def windows(blocks: Iterable[bytes], longest: int = 0) -> Iterator[Window]:
    """Cut a stream into windows; ``longest`` is the length of the longest value looked for.

    A window begins at a line's beginning where a line ends near by, so that a line of JSON that is
    shorter than a window stands whole in one.
    """
    overlap = max(OVERLAP, longest * _WIDEST_LETTER)
    size = max(SIZE, _LINE_WITHIN * 2 * overlap)
    waiting = bytearray()
    for block in blocks:
        waiting += block
        while len(waiting) >= size:
            # one window is given while more than it is known to come, so that ``cut`` is true
            yield Window(bytes(waiting[:size]), cut=True)
            del waiting[: _next_start(waiting, size, overlap)]
    if waiting:
        yield Window(bytes(waiting), cut=False)


def _next_start(waiting: bytearray, size: int, overlap: int) -> int:
    latest = size - overlap
    line = waiting.rfind(b"\n", latest - _LINE_WITHIN * overlap // 2, latest)
    return line + 1 if line > 0 else latest
