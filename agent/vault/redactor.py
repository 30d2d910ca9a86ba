"""Find and replace the values of one run, in whatever way they are written down.

The order of the work: ``redaction.spellings`` says how a value can be spelled, ``redaction.search``
looks for all spellings in all ``redaction.views`` of a text, ``redaction.replace`` puts marks in.
Clean input without escapes is searched at some tens of megabytes a second.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from agent.vault.redaction.members import opened
from agent.vault.redaction.replace import Replacement
from agent.vault.redaction.search import Search, Spellings
from agent.vault.redaction.spellings import LEAST, weight
from agent.vault.redaction.visible import Visible

# The octets of UTF-8 that no character begins with.
_CONTINUED = bytes(range(0x80, 0xC0))


@dataclass(frozen=True, slots=True)
class Found:
    """A place where a value stands: ``[start, end)`` in the searched bytes (or characters)."""

    label: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Compiled:
    search: Search
    visible: Visible
    marks: dict[str, str]


class Redactor:
    """Knows the values of one run by label; finds them and puts marks in their place.

    May be used from several threads. Prints without any value.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: dict[str, set[str]] = {}
        self._unsearchable: set[str] = set()
        self._spellings: Spellings = {}
        self._compiled: _Compiled | None = None

    def __repr__(self) -> str:
        return f"Redactor({', '.join(sorted(self._values))})"

    def add(self, label: str, value: str) -> None:
        """Learn one more value; a label may have several. An empty value is ignored."""
        with self._lock:
            if 0 < weight(value) < LEAST:
                self._unsearchable.add(label)
            elif value and value not in self._values.setdefault(label, set()):
                self._values[label].add(value)
                self._compiled = None

    @property
    def unsearchable(self) -> frozenset[str]:
        """The labels with a value too short to be told from ordinary text; it is never found."""
        with self._lock:
            return frozenset(self._unsearchable)

    def mark(self, label: str) -> str:
        """Return what stands in a value's place: the label in quotation marks U+2039 and U+203A.

        Where a value is part of its own mark, the mark says less.
        """
        compiled = self._ready()
        return compiled.marks.get(label) or _mark(compiled.search, label)

    def find(self, data: bytes) -> tuple[Found, ...]:
        """Return every place a value stands at, as byte offsets of its outermost writing."""
        hits = self._ready().search.hits(data)
        return tuple(dict.fromkeys(Found(hit.label, hit.start, hit.end) for hit in hits))

    def redact(self, data: bytes) -> bytes:
        """Return the bytes with a mark for every value; what was JSON still is."""
        compiled = self._ready()
        return Replacement(compiled.search, compiled.marks).redact(data)

    def redact_text(self, text: str) -> str:
        """Return the text with a mark for every value."""
        return self.redact(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")

    def find_text(self, text: str) -> tuple[Found, ...]:
        """Return every place in text as a reader sees it, as character offsets.

        White space, invisible characters, case and the form of letters make no difference.
        """
        compiled = self._ready()
        spans = {*compiled.visible.spans(text), *_character_spans(compiled.search, text)}
        ordered = sorted(spans, key=lambda span: (span[1], -span[2], span[0]))
        return tuple(Found(*span) for span in ordered)

    def is_beginning(self, label: str, text: str) -> bool:
        """Tell whether a value of the label goes on after ``text``, which is its beginning."""
        with self._lock:
            values = tuple(self._values.get(label, ()))
        return any(len(text) < len(value) and value.startswith(text) for value in values)

    def contains(self, data: bytes) -> frozenset[str]:
        """Return the labels of all values in the bytes and in gzip, zlib and zip inside them.

        For a caller that drops a whole body on a hit. Raises ``ArtifactWithheld`` where a member
        is too large, or too deep, to be looked into.
        """
        search = self._ready().search
        return frozenset(hit.label for body in opened(data) for hit in search.hits(body))

    def _ready(self) -> _Compiled:
        with self._lock:
            if self._compiled is None:
                search = Search.of(self._values, self._spellings)
                marks = {label: _mark(search, label) for label in self._values}
                self._compiled = _Compiled(search, Visible.of(self._values), marks)
            return self._compiled


def _mark(search: Search, label: str) -> str:
    """Return the most telling mark that holds no value itself."""
    for text in (label, label.partition(".")[2], "hidden", "\u2022\u2022\u2022"):
        mark = f"\u2039{text}\u203a"
        if text and not search.hits(mark.encode("utf-8")):
            return mark
    return "\u2022"


def _character_spans(search: Search, text: str) -> set[tuple[str, int, int]]:
    data = text.encode("utf-8", "surrogatepass")
    return {
        (hit.label, _characters(data, hit.start), _characters(data, hit.end - 1) + 1)
        for hit in search.hits(data)
    }


def _characters(data: bytes, position: int) -> int:
    """Return the number of the character that the octet belongs to."""
    return len(data[: position + 1].translate(None, _CONTINUED)) - 1
