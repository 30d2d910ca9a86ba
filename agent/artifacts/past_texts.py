"""What the snapshots of a recording showed, as far back as a later one may refer to.

The nearest are held; what is more than ``HELD`` letters lies in a file without a name.
"""

from __future__ import annotations

import json
import tempfile
from array import array
from collections import OrderedDict
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

HELD = 8 * 1024 * 1024
_A_TEXT, _A_NUMBER = 60, 4


@dataclass(slots=True)
class Past:
    """One snapshot's own texts; ``shown`` says whose texts it shows, ``ranges`` which a node does.

    ``shown`` holds pairs: a snapshot's number and one of its texts. ``ranges`` holds pairs as well:
    the first pair of ``shown`` that a node shows, and the one behind the last.
    """

    texts: list[str]
    shown: array[int]
    ranges: array[int]

    def shown_by(self, node: int) -> array[int]:
        """The pairs of ``shown`` for a node by its number; nothing where there is no such node."""
        if not 0 <= node < len(self.ranges) // 2:
            return array("I")
        start, end = self.ranges[2 * node], self.ranges[2 * node + 1]
        return self.shown[2 * start : 2 * end]

    @property
    def weight(self) -> int:
        """About how much memory it takes."""
        numbers = len(self.shown) + len(self.ranges)
        return sum(map(len, self.texts)) + _A_TEXT * len(self.texts) + _A_NUMBER * numbers


class PastTexts:
    """The snapshots of one recording by number, from 0 on; ``close`` at the end."""

    def __init__(self, folder: Path, *, held: int = HELD) -> None:
        self._most = held
        self._held: OrderedDict[int, Past] = OrderedDict()
        self._weight = 0
        self._file: IO[bytes] = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - see close
        self._places = array("Q")
        self._changed: set[int] = set()

    def __len__(self) -> int:
        """How many there are."""
        return len(self._places) // 2

    def add(self, past: Past) -> None:
        """Take in the next snapshot."""
        number = len(self)
        self._places.extend((0, 0))
        self._changed.add(number)
        self._hold(number, past)

    def get(self, number: int) -> Past:
        """Give a snapshot by its number."""
        past = self._held.get(number)
        if past is None:
            past = self._read(number)
            self._hold(number, past)
        self._held.move_to_end(number)
        return past

    def change(self, number: int, text: int, content: str) -> None:
        """Put another text in place of one that a snapshot has."""
        past = self.get(number)
        past.texts[text] = content
        self._changed.add(number)

    def close(self) -> None:
        """Forget all of them."""
        self._file.close()

    def _hold(self, number: int, past: Past) -> None:
        self._held[number] = past
        self._weight += past.weight
        while self._weight > self._most and len(self._held) > 1:
            oldest, other = self._held.popitem(last=False)
            self._weight = max(self._weight - other.weight, 0)
            if oldest in self._changed:
                self._write(oldest, other)
                self._changed.discard(oldest)

    def _write(self, number: int, past: Past) -> None:
        whole = json.dumps([past.texts, past.shown.tolist(), past.ranges.tolist()]).encode()
        place = self._file.seek(0, 2)
        self._file.write(whole)
        self._places[2 * number], self._places[2 * number + 1] = place, len(whole)

    def _read(self, number: int) -> Past:
        place, size = self._places[2 * number], self._places[2 * number + 1]
        self._file.seek(place)
        texts, shown, ranges = json.loads(self._file.read(size))
        return Past(texts, array("I", shown), array("I", ranges))
