"""The literal pass: every string, key and number that is left is searched for known values."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from agent.artifacts.artifact import Refused
from agent.artifacts.sensitive import CUT
from agent.artifacts.structure import TAGS, is_structure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agent.vault.redactor import Redactor

DIGITS_OF_A_CODE = 4
SHORTEST_SEARCHED = 3
_BATCH = 512 * 1024
_REMEMBERED = 8 * 1024 * 1024
_AN_ENTRY = 100


def compact(value: Any) -> bytes:
    """One line of JSON as the recorder writes it; a lone surrogate becomes a question mark."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def scrubbed(value: Any, redactor: Redactor) -> Any:
    """The same JSON value with every known value inside its strings, keys and numbers marked."""
    return Scrubber(redactor).scrubbed(value)


class Scrubber:
    """Marks known values in JSON; remembers what it has seen, as recordings repeat themselves.

    Good for as long as the redactor learns nothing new. It remembers so much and then begins anew.
    """

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._seen: dict[str, str] = {}
        self._room = _REMEMBERED

    def scrubbed(self, value: Any) -> Any:
        """Mark strings, keys and numbers, all the way down."""
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, list):
            return [self.scrubbed(item) for item in value]
        if isinstance(value, dict):
            return {self._key(key): self._item(key, item) for key, item in value.items()}
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _scrubbed_number(value, self._redactor)
        return value

    def scrubbed_nodes(self, node: Any) -> Any:
        """Mark texts and attributes of a snapshot's nodes; the names of elements stay."""
        if not isinstance(node, list) or not node or not isinstance(node[0], str):
            return self.scrubbed(node)
        tag = node[0] if node[0].upper() in TAGS else self._text(node[0])
        return [tag, *(self.scrubbed_nodes(child) for child in node[1:])]

    def _item(self, key: str, item: Any) -> Any:
        return item if is_structure(key, item) else self.scrubbed(item)

    def _key(self, key: str) -> str:
        return key if is_structure(key) else self._text(key)

    def _text(self, text: str) -> str:
        if len(text) < SHORTEST_SEARCHED:
            return text
        if text not in self._seen:
            self._remember(text)
        return self._seen[text]

    def _remember(self, text: str) -> None:
        self._room -= len(text) + _AN_ENTRY
        if self._room < 0:
            self._seen.clear()
            self._room = _REMEMBERED
        self._seen[text] = self._redactor.redact_text(text)


def clean_line(value: Any, redactor: Redactor, member: str) -> bytes:
    """``value`` as one line of JSON with no known value in it; ``Refused`` when one stays.

    The line is searched as a whole first: most hold nothing, and then no string is looked at.
    """
    line = compact(value)
    if not redactor.find(line):
        return line
    line = compact(scrubbed(value, redactor))
    left = redactor.find(line)
    if left:
        raise Refused("a value stays after cleaning", member=member, label=left[0].label)
    return line


def clean_bytes(content: bytes, redactor: Redactor) -> bytes | None:
    """``content`` with every known value marked, or ``None`` when one stays."""
    if not redactor.find(content):
        return content
    content = redactor.redact(content)
    return None if redactor.find(content) else content


def clean_lines(lines: Iterable[bytes], redactor: Redactor) -> Iterator[bytes]:
    """The lines with every known value marked, many at a time; ``Refused`` when one stays."""
    for many in _batches(lines):
        clean = clean_bytes(many, redactor)
        if clean is None:
            raise Refused("a value stays after cleaning")
        yield clean


def searched_lines(lines: Iterable[bytes], redactor: Redactor) -> Iterator[tuple[bytes, bool]]:
    """Each line, and whether a known value may be in it: many are searched at a time."""
    for many in _batches(lines):
        found = bool(redactor.find(many))
        yield from ((line, found) for line in many.splitlines(keepends=True))


def _batches(lines: Iterable[bytes]) -> Iterator[bytes]:
    waiting: list[bytes] = []
    size = 0
    for line in lines:
        waiting.append(line)
        size += len(line)
        if size >= _BATCH:
            yield b"".join(waiting)
            waiting, size = [], 0
    yield b"".join(waiting)


def cut_if_known(text: str, redactor: Redactor) -> str:
    """``text``, or the mark when it holds a known value in any form."""
    return CUT if redactor.find(text.encode("utf-8", "replace")) else text


def _scrubbed_number(value: float, redactor: Redactor) -> Any:
    digits = json.dumps(value)
    if len(digits) < DIGITS_OF_A_CODE or not redactor.find(digits.encode()):
        return value
    return 0
