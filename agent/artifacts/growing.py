"""What stood in a place while a value was typed there: its beginnings, one longer than the other.

A beginning by itself is a word like any other. Where the same place holds the whole value before or
after, nothing else is changed, and what stands in its stead is the value's own beginning, it goes
the value's way.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from agent.vault.redactor import Redactor

Leaf = tuple[Any, Any]

_MARK = re.compile("\u2039([\\w.-]{1,80})\u203a")
_LINES_HELD = 512
_LETTERS_HELD = 4 * 1024 * 1024


class _Around(NamedTuple):
    """A mark in a text: what is before it, its label, what is behind it."""

    before: str
    label: str
    behind: str


def mark_growing(leaves: Sequence[Leaf], redactor: Redactor) -> None:
    """Mark the beginnings of a value in the places beside one where the value was marked."""
    for place, (container, key) in enumerate(leaves):
        text = container[key]
        for mark in _MARK.finditer(text) if "\u2039" in text else ():
            around = _Around(text[: mark.start()], mark[1], text[mark.end() :])
            for step in (-1, 1):
                _mark_beside(leaves, place, step, (around, mark[0], redactor))


def _mark_beside(
    leaves: Sequence[Leaf], place: int, step: int, known: tuple[_Around, str, Redactor]
) -> None:
    around, mark, redactor = known
    beside = place + step
    while 0 <= beside < len(leaves):
        container, key = leaves[beside]
        if not _is_beginning(container[key], around, redactor):
            return
        container[key] = f"{around.before}{mark}{around.behind}"
        beside += step


def _is_beginning(text: str, around: _Around, redactor: Redactor) -> bool:
    size = len(text) - len(around.before) - len(around.behind)
    if size <= 0 or not (text.startswith(around.before) and text.endswith(around.behind)):
        return False
    inside = text[len(around.before) : len(around.before) + size]
    return redactor.is_beginning(around.label, inside) or (
        "\\" in inside and redactor.is_beginning(around.label, _unescaped(inside))
    )


def _unescaped(text: str) -> str:
    try:
        return str(json.loads(f'"{text}"'))
    except ValueError:
        return text


def grown_marked(texts: Iterable[str], redactor: Redactor) -> Iterator[str]:
    """Each text, with the beginnings of values marked in those beside one that holds the value."""
    held: list[str] = []
    letters = 0
    for text in texts:
        held.append(text)
        letters += len(text)
        if len(held) >= 2 * _LINES_HELD or letters >= _LETTERS_HELD:
            mark_growing([(held, place) for place in range(len(held))], redactor)
            half = len(held) // 2 + 1
            yield from held[:half]
            held = held[half:]
            letters = sum(map(len, held))
    mark_growing([(held, place) for place in range(len(held))], redactor)
    yield from held


def without_growing(parts: Iterable[bytes], redactor: Redactor) -> Iterator[bytes]:
    """The same text with the beginnings of values marked in the lines beside theirs."""
    held: list[str] = []
    for part in parts:
        try:
            held += part.decode("utf-8").splitlines(keepends=True)
        except UnicodeDecodeError:
            yield "".join(held).encode()
            yield part
            held = []
            continue
        mark_growing([(held, place) for place in range(len(held))], redactor)
        done, held = held[:-_LINES_HELD], held[-_LINES_HELD:]
        yield "".join(done).encode()
    yield "".join(held).encode()
