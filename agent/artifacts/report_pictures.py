"""Pictures in a page: each is in it once, and shown wherever it belongs.

A page is a file that people send each other, and the gate reads all of it: where a run took more
pictures than fit, those of failed steps come first, then the last ones.
"""

from __future__ import annotations

import base64
import re
from bisect import bisect_left
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.artifacts.raw import Picture

_NUMBER: Final = re.compile(r"(\d+)-")
MOST_BYTES: Final = 24 * 1024 * 1024
_PLAIN: Final = "screenshot"


@dataclass(frozen=True, slots=True)
class Album:
    """A run's pictures by place: ``after`` holds the one of each step by its index.

    ``places`` are those indexes in order, ``named`` the pictures that steps took by a name of their
    own, ``shown`` those that fit into the page.
    """

    pictures: tuple[Picture, ...]
    after: Mapping[int, int]
    places: tuple[int, ...]
    named: tuple[int, ...]
    shown: frozenset[int]

    @classmethod
    def of(cls, pictures: Sequence[Picture], steps: Sequence[Mapping[str, Any]]) -> Album:
        """Sort pictures by the steps of a report."""
        after: dict[int, int] = {}
        named: list[int] = []
        for place, picture in enumerate(pictures):
            index = _step_of(picture.name, steps)
            if index is None:
                named.append(place)
            else:
                after[index] = place
        failed = {step.get("index") for step in steps if step.get("status") == "failed"}
        first = [after[index] for index in after if index in failed]
        shown = _fitting(pictures, first)
        return cls(tuple(pictures), after, tuple(sorted(after)), tuple(named), shown)

    @property
    def left_out(self) -> int:
        """How many pictures did not fit into the page."""
        return len(self.pictures) - len(self.shown)

    def before(self, index: int) -> int | None:
        """Find what the page looked like when a step began: the picture after an earlier one."""
        earlier = bisect_left(self.places, index)
        return self.after[self.places[earlier - 1]] if earlier else None

    def store(self) -> str:
        """The pictures themselves, to be shown by reference."""
        held = "".join(
            f'<image id="p{place}" width="{one.width}" height="{one.height}" '
            f'href="data:image/jpeg;base64,{_inline(one)}"/>'
            for place, one in enumerate(self.pictures)
            if place in self.shown
        )
        return f'<svg class="store" aria-hidden="true"><defs>{held}</defs></svg>' if held else ""

    def figure(self, place: int | None, words: str) -> str:
        """Show a picture under a few words; empty where there is none, or it did not fit."""
        if place is None or place not in self.shown:
            return ""
        one = self.pictures[place]
        label = escape(f"{words}: {one.name}, secrets painted over")
        return (
            f"<figure><figcaption>{escape(words)}</figcaption>"
            f'<svg class="shot" role="img" aria-label="{label}" '
            f'viewBox="0 0 {one.width} {one.height}"><use href="#p{place}"/></svg></figure>'
        )

    def pair(self, index: int) -> str:
        """Show a step's page as it was before and after it."""
        before = self.figure(self.before(index), "before")
        after = self.figure(self.after.get(index), "after")
        if not after:
            return ""
        return f'<div class="pair{"" if before else " one"}">{before}{after}</div>'


def _step_of(name: str, steps: Sequence[Mapping[str, Any]]) -> int | None:
    """Tell which step a picture was taken after: ``03-click`` is of the third line, a click."""
    number = _NUMBER.match(name)
    index = int(number[1]) - 1 if number else -1
    if number is None or not 0 <= index < len(steps):
        return None
    return index if name == f"{number[1]}-{steps[index].get('type')}" else None


def _fitting(pictures: Sequence[Picture], first: Sequence[int]) -> frozenset[int]:
    left, shown = MOST_BYTES, set[int]()
    latest = reversed(range(len(pictures)))
    for place in dict.fromkeys((*reversed(first), *latest)):
        size = pictures[place].path.stat().st_size * 4 // 3
        if size <= left:
            shown.add(place)
            left -= size
    return frozenset(shown)


def _inline(picture: Picture) -> str:
    return base64.b64encode(picture.path.read_bytes()).decode()
