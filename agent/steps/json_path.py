"""Paths into JSON: ``$.guests[*].name``. They look up and compute nothing.

The part of RFC 9535 that names one place, or every place of a list: ``$``, ``.name``,
``['any name']``, ``[0]``, ``[-1]`` and ``[*]``.
"""

from __future__ import annotations

import re
from typing import Any, Final

from agent.errors import StepFailed

EVERY: Final = "*"
LONGEST: Final = 1_000
MOST_PLACES: Final = 10_000

_PIECE: Final = re.compile(
    r"""\.(?P<name>[^\W\d][\w-]*)|\[(?:(?P<index>-?\d{1,9})|'(?P<single>[^'\\]+)'"""
    r"""|"(?P<double>[^"\\]+)"|(?P<every>\*))\]|(?P<star>\.\*)"""
)

Piece = str | int | None


def read_path(text: str) -> tuple[Piece, ...]:
    """Take a path apart: a name, a place in a list, or ``None`` for all. Raises ``ValueError``."""
    if not text.startswith("$") or len(text) > LONGEST:
        raise ValueError("a path into JSON starts with $, like $.guests[0].name")
    pieces: list[Piece] = []
    at = 1
    while at < len(text):
        found = _PIECE.match(text, at)
        if found is None:
            raise ValueError(
                f"the path means nothing from its character {at + 1} on; it is made of .name, "
                "['name'], [0], [-1] and [*]"
            )
        pieces.append(_piece(found))
        at = found.end()
    return tuple(pieces)


def checked_path(text: str) -> str:
    """Give a path back if it can be read. Raises ``ValueError``."""
    read_path(text)
    return text


def look_up(content: Any, path: str) -> Any:
    """Find what stands at a path; with ``[*]`` the list of everything that matches.

    Raises ``StepFailed`` for a place that is not there, naming how far the path leads.
    """
    pieces = read_path(path)
    found = [content]
    several = False
    for number, piece in enumerate(pieces):
        if piece is None:
            found = [item for one in found for item in _items(one)]
            several = True
        else:
            there = [_inside(one, piece) for one in found]
            found = [item for one in there for item in one]
            if not several and not found:
                raise StepFailed(f"there is nothing at {path}: {_as_far(pieces[:number])} has none")
        if len(found) > MOST_PLACES:
            raise StepFailed(f"{path} matches more than {MOST_PLACES} places")
    return found if several else found[0]


def _piece(found: re.Match[str]) -> Piece:
    if found["every"] or found["star"]:
        return None
    if found["index"]:
        return int(found["index"])
    return found["name"] or found["single"] or found["double"]


def _items(content: Any) -> list[Any]:
    if isinstance(content, dict):
        return list(content.values())
    return content if isinstance(content, list) else []


def _inside(content: Any, piece: str | int) -> list[Any]:
    if isinstance(content, list) and isinstance(piece, int):
        return [content[piece]] if -len(content) <= piece < len(content) else []
    if isinstance(content, dict) and isinstance(piece, str):
        return [content[piece]] if piece in content else []
    return []


def _as_far(pieces: tuple[Piece, ...]) -> str:
    written = (f".{piece}" if isinstance(piece, str) else f"[{piece}]" for piece in pieces)
    return "$" + "".join(written)
