"""Texts that a reader sees one after the other: values over several of them, in bounded memory.

The texts are gone through twice. The first time they are searched joined, a piece at a time, and
only places are noted; the second time each gets its marks.
"""

from __future__ import annotations

from collections import deque
from itertools import takewhile
from typing import TYPE_CHECKING

from agent.artifacts.text_search import found_in, merged

if TYPE_CHECKING:
    from agent.artifacts.text_search import Span
    from agent.vault.redactor import Redactor

_PIECE = 256 * 1024
# The longest stretch that a value in its widest writing may take.
_MARGIN = 128 * 1024


class Lane:
    """One row of texts: ``add`` each, ``close``, and then ``marked`` each again, in order."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._waiting: list[str] = []
        self._size = 0
        self._searched = 0
        self._places: deque[Span] = deque()
        self._at = 0

    def add(self, text: str) -> None:
        """Take in the next text."""
        self._waiting.append(text)
        self._size += len(text)
        if self._size >= _PIECE + _MARGIN:
            self._search(_MARGIN)

    def close(self) -> None:
        """Search what is left; there comes no more."""
        self._search(0)

    @property
    def has_places(self) -> bool:
        """Whether there is a mark to be made in a text that was not given again yet."""
        return bool(self._places)

    def marked(self, text: str) -> str:
        """Return the next text with the marks that belong into it.

        The mark of a value stands in the first text it lies in; the others lose their part.
        """
        begin, end = self._at, self._at + len(text)
        self._at = end
        while self._places and self._places[0][1] <= begin:
            self._places.popleft()
        here = list(takewhile(lambda place: place[0] < end, self._places))
        for start, stop, label in reversed(here):
            mark = self._redactor.mark(label) if start >= begin else ""
            text = text[: max(start - begin, 0)] + mark + text[max(stop - begin, 0) :]
        return text

    def _search(self, margin: int) -> None:
        """Note the places that end before the margin; what lies over its edge waits."""
        text = "".join(self._waiting)
        cut = len(text) - margin
        for start, end, label in merged(found_in(text, self._redactor)):
            if end > cut and margin:
                cut = min(cut, start)
                break
            self._places.append((self._searched + start, self._searched + end, label))
        # a value longer than can be waited for is as long as all that waits
        cut = cut if cut > 0 else len(text)
        self._searched += cut
        self._waiting, self._size = [text[cut:]], len(text) - cut
