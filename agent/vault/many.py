"""Which of many byte strings stand in a text, all looked for at once, however many they are.

The gate's own engine (Vectorscan); the cleaner has another. It only names candidates: whoever asks
looks for those itself, so nothing is found that is not there.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import hyperscan

if TYPE_CHECKING:
    from collections.abc import Sequence

# A pattern may not be of any length; what begins alike is told apart by whoever asks.
_TELLING = 64


class Many:
    """A compiled set of byte strings, none of them empty; for one thread at a time."""

    def __init__(self, bodies: Sequence[bytes]) -> None:
        starts: defaultdict[bytes, list[int]] = defaultdict(list)
        for number, body in enumerate(bodies):
            starts[body[:_TELLING]].append(number)
        self._numbers = tuple(map(tuple, starts.values()))
        self._database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        self._database.compile(
            expressions=[rb"\x" + start.hex("x").replace("x", r"\x").encode() for start in starts],
            ids=list(range(len(starts))),
            elements=len(starts),
            flags=[hyperscan.HS_FLAG_SINGLEMATCH] * len(starts),
        )
        self._scratch = hyperscan.Scratch(self._database)

    def candidates(self, text: bytes) -> list[int]:
        """Return the numbers of the byte strings that may stand in the text, in order."""
        found: list[int] = []

        def note(start: int, *_: Any) -> None:
            found.extend(self._numbers[start])

        self._database.scan(text, match_event_handler=note, scratch=self._scratch)
        return sorted(found)
