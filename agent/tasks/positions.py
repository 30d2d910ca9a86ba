"""Read strict JSON and remember where everything stands.

The standard library's reader keeps no places, lets a repeated key win silently and takes ``NaN``.
This one is for task files: at most a mebibyte, read once, and every complaint needs a line.
"""

from __future__ import annotations

import json
import math
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Any

Path = tuple[str | int, ...]

DEEPEST = 32
LONGEST_NUMBER = 40

_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+"')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_WORD = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None}


class Malformed(Exception):
    """The text is not JSON; ``offset`` counts characters from 0."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


@dataclass(slots=True)
class Places:
    """Where each key and each value of a JSON text stands."""

    text: str = ""
    keys: dict[Path, int] = field(default_factory=dict)
    values: dict[Path, int] = field(default_factory=dict)
    repeated: list[tuple[Path, int]] = field(default_factory=list)
    _line_starts: list[int] = field(default_factory=list)

    def line_column(self, offset: int) -> tuple[int, int]:
        """Turn a character offset into a 1-based line and column."""
        if not self._line_starts:
            self._line_starts = [0, *(m.end() for m in re.finditer(r"\r\n|\n|\r", self.text))]
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    def of(self, path: Path, *, at_key: bool = False) -> tuple[int, int]:
        """Find the value at ``path``, or its key, or else the nearest thing around it.

        Gives ``(0, 0)`` for a document that was never text.
        """
        if at_key and path in self.keys:
            return self.line_column(self.keys[path])
        for length in range(len(path), -1, -1):
            if path[:length] in self.values:
                return self.line_column(self.values[path[:length]])
        return 0, 0


def scan(text: str) -> tuple[Any, Places]:
    """Read one JSON value. Raises ``Malformed`` at the first thing that is not strict JSON.

    Repeated keys are not fatal: they are listed in ``Places.repeated``, the first one counting.
    """
    places = Places(text)
    reader = _Reader(text, places)
    value = reader.value((), reader.skip(0))
    end = reader.skip(reader.end)
    if end < len(text):
        raise Malformed("nothing may follow the end of the task", end)
    return value, places


class _Reader:
    def __init__(self, text: str, places: Places) -> None:
        self.text = text
        self.places = places
        self.end = 0

    def skip(self, offset: int) -> int:
        found = _SPACE.match(self.text, offset)
        return found.end() if found else offset

    def value(self, path: Path, start: int) -> Any:
        """Read the value that starts at ``start``; leaves ``end`` behind it."""
        if len(path) > DEEPEST:
            raise Malformed(f"nested more than {DEEPEST} deep", start)
        self.places.values[path] = start
        first = self.text[start : start + 1]
        if first == "{":
            return self._object(path, start)
        if first == "[":
            return self._array(path, start)
        if first == '"':
            return self._string(start)
        return self._scalar(start)

    def _object(self, path: Path, start: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        at = self.skip(start + 1)
        while not self._closes("}", at, first=not result):
            if self.text[at : at + 1] != '"':
                raise Malformed(self._instead("a key in double quotes", at), at)
            key = self._string(at)
            here = (*path, key)
            colon = self.skip(self.end)
            if self.text[colon : colon + 1] != ":":
                raise Malformed(self._instead('":" after the key', colon), colon)
            if key in result:
                self.places.repeated.append((here, at))
                self._unseen(here, colon)
            else:
                self.places.keys[here] = at
                result[key] = self.value(here, self.skip(colon + 1))
            at = self._next("}", "object")
        return result

    def _unseen(self, path: Path, colon: int) -> None:
        kept, self.places = self.places, Places()
        self.value(path, self.skip(colon + 1))
        self.places = kept

    def _array(self, path: Path, start: int) -> list[Any]:
        result: list[Any] = []
        at = self.skip(start + 1)
        while not self._closes("]", at, first=not result):
            result.append(self.value((*path, len(result)), at))
            at = self._next("]", "list")
        return result

    def _closes(self, bracket: str, at: int, *, first: bool) -> bool:
        if self.text[at : at + 1] != bracket:
            return False
        if not first and self.text[self.end : at].find(",") >= 0:
            raise Malformed(f'a comma before "{bracket}" is not JSON', self.text.rfind(",", 0, at))
        self.end = at + 1
        return True

    def _next(self, bracket: str, what: str) -> int:
        """Step over the comma between two members; stay at the closing bracket."""
        at = self.skip(self.end)
        following = self.text[at : at + 1]
        if following == ",":
            return self.skip(at + 1)
        if following != bracket:
            wanted = f'a comma or the end of the {what} ("{bracket}")'
            raise Malformed(self._instead(wanted, at), at)
        return at

    def _string(self, start: int) -> str:
        found = _STRING.match(self.text, start)
        if not found:
            message = "this text has no closing quote on its line, or a wrong escape in it"
            raise Malformed(f"{message} (a backslash is written \\\\)", start)
        self.end = found.end()
        text: str = json.loads(found.group())
        if _LONE_SURROGATE.search(text):
            raise Malformed("half of a surrogate pair is not a character", start)
        return text

    def _scalar(self, start: int) -> float | bool | None:
        found = _NUMBER.match(self.text, start)
        if found:
            self.end = found.end()
            return self._number(found.group(), start)
        word = _WORD.match(self.text, start)
        if word and word.group() in _WORDS:
            self.end = word.end()
            return _WORDS[word.group()]
        raise Malformed(self._instead("a value", start), start)

    def _number(self, digits: str, start: int) -> float:
        if len(digits) > LONGEST_NUMBER:
            raise Malformed(f"a number of more than {LONGEST_NUMBER} characters", start)
        if digits.lstrip("-").isdigit():
            return int(digits)
        number = float(digits)
        if math.isinf(number):
            raise Malformed("this number is too large", start)
        return number

    def _instead(self, wanted: str, at: int) -> str:
        rest = self.text[at : at + 2]
        if not rest:
            return f"expected {wanted}, but the file ends here"
        if rest[0] == "'":
            return f'expected {wanted}; JSON knows only double quotes (")'
        if rest in ("//", "/*") or rest[0] == "#":
            return f"expected {wanted}; JSON has no comments"
        return f"expected {wanted}, found {json.dumps(rest[0])}"
