"""The search itself: all spellings of all values at once, in every view of a text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ahocorasick_rs import BytesAhoCorasick, Implementation, MatchKind

from agent.vault.redaction.dialects import Escapes, escapes
from agent.vault.redaction.letters import Letters
from agent.vault.redaction.spellings import Meaning, spell
from agent.vault.redaction.tokens import LEAST_FOR_SHORT, Tokens, run_around
from agent.vault.redaction.views import View, views

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# The table is searched three times as fast and takes ten times as long to build, 40 ms for 1,000
# spellings: more than a few are put into one when enough was searched without.
_FEW, _MOST_IN_TABLE = 300, 1000
_WORTH_A_TABLE = 8 * 1024 * 1024
# Up to the last octet UTF-8 has: what lies beyond stands between the parts of a view.
_WORD = re.compile(rb"[0-9A-Za-z_\x80-\xf4]")
_NUMBER_BEFORE = re.compile(rb"[0-9]\.?\Z")
_NUMBER_AFTER = re.compile(rb"\.?[0-9]")
_NEAR = 4


# By label and value: to spell a value takes longer than to compile its spellings.
Spellings = dict[tuple[str, str], tuple[tuple[bytes, Meaning], ...]]


@dataclass(frozen=True, slots=True, order=True)
class Hit:
    """A span of the searched bytes that holds a value; ``tags``: there are HTML tags in between."""

    start: int
    end: int
    label: str
    tags: bool = False


class Automaton:
    """All spellings of all values, looked for at once; may be used from several threads."""

    def __init__(self, spellings: Iterable[bytes]) -> None:
        self._spellings = tuple(spellings)
        self._searched = 0
        self._is_table = len(self._spellings) <= _FEW
        self._compiled = self._made()

    def matches(self, text: bytes) -> list[tuple[int, int, int]]:
        """Return every match, overlapping ones too: the spelling's number, start and end."""
        self._searched += len(text)
        if not self._is_table and self._searched > _WORTH_A_TABLE:
            self._is_table = len(self._spellings) <= _MOST_IN_TABLE
            self._searched = 0
            self._compiled = self._made() if self._is_table else self._compiled
        return self._compiled.find_matches_as_indexes(text, overlapping=True)

    def _made(self) -> BytesAhoCorasick:
        way = Implementation.DFA if self._is_table else Implementation.ContiguousNFA
        return BytesAhoCorasick(self._spellings, MatchKind.Standard, implementation=way)


@dataclass(frozen=True, slots=True)
class Search:
    """A compiled set of values; safe to use from several threads."""

    automaton: Automaton
    meanings: tuple[tuple[Meaning, ...], ...]
    dialects: tuple[Escapes, ...]
    tokens: Tokens
    edges: bool

    @classmethod
    def of(cls, values: Mapping[str, Iterable[str]], spellings: Spellings | None = None) -> Search:
        """Compile the values of all labels; ``spellings`` are those of before, and of next time."""
        known = {} if spellings is None else spellings
        found: dict[bytes, dict[Meaning, None]] = {}
        for value in ((label, text) for label, texts in values.items() for text in texts):
            if value not in known:
                known[value] = tuple(dict.fromkeys(spell(*value)))
            for spelled, meaning in known[value]:
                found.setdefault(spelled, {})[meaning] = None
        meanings = tuple(map(tuple, found.values()))
        short = any(meaning.word for each in meanings for meaning in each)
        tokens = Tokens(least=LEAST_FOR_SHORT) if short else Tokens()
        edges = any(meaning.word or meaning.number for each in meanings for meaning in each)
        return cls(Automaton(found), meanings, escapes(Letters.of(found)), tokens, edges)

    def hits(self, data: bytes) -> list[Hit]:
        """Return every different hit, in order of place, the longest first."""
        if not self.meanings:
            return []
        seen = views(data, self.dialects, self.tokens, edges=self.edges)
        found = {hit for view in seen for hit in self._in_view(view)}
        return sorted(found, key=lambda hit: (hit.start, -hit.end, hit.label))

    def _in_view(self, view: View) -> Iterator[Hit]:
        for index, start, end in self.automaton.matches(view.text.lower()):
            for meaning in self.meanings[index]:
                span = _accepted(view, start, end, meaning)
                if span is not None:
                    yield Hit(*span, meaning.label, tags=view.is_bare)


def _accepted(view: View, start: int, end: int, meaning: Meaning) -> tuple[int, int] | None:
    """Return the span in the outermost text, or ``None`` if the spelling does not count here."""
    if meaning.exact and view.text[start:end] != meaning.exact:
        return None
    if view.is_gapless and view.parent is not None:
        outer = view.source(start, end)
        if not meaning.loose or outer[1] - outer[0] == end - start:
            return None  # without a gap inside, the parent's own search has it
        view, (start, end) = view.parent, outer
    elif view.is_bare and not meaning.loose:
        return None
    if not _stands_alone(view.text, start, end, meaning):
        return None
    if meaning.token:
        start, end = run_around(view.text, start, end)
    return view.root_span(start, end)


def _stands_alone(text: bytes, start: int, end: int, meaning: Meaning) -> bool:
    if not (meaning.word or meaning.number):
        return True
    # Without zero bytes, so that the neighbours of UTF-16 text are seen as well.
    before = text[max(0, start - _NEAR) : start].replace(b"\0", b"")
    after = text[end : end + _NEAR].replace(b"\0", b"")
    if meaning.word and (_WORD.match(before[-1:]) or _WORD.match(after)):
        return False
    return not (meaning.number and (_NUMBER_BEFORE.search(before) or _NUMBER_AFTER.match(after)))
