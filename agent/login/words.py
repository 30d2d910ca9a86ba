"""What words say: the kinds of field, button or sentence a text speaks of, in many languages.

Each language is a file in ``languages/``; what is the same in all of them stands in ``names.json``.
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_LETTERS = str.maketrans(
    {
        "\N{LATIN SMALL LETTER DOTLESS I}": "i",
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "æ": "ae",
        "œ": "oe",
        "ð": "d",
        "þ": "th",
    }
)
# Scripts that write words without spaces, or glue articles to them: no word boundary is asked for.
_UNSPACED = re.compile(
    "[\u0590-\u07ff\u0900-\u0dff\u0e00-\u0fff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
)
_NO_WORD = re.compile(r"[^\w]|_")
_STEM = 3
_HEAD = 2
_CLOSE = 12  # characters between the parts of a term in a script without spaces
_GAP = "*"
_WIDEST_GAP = 4  # words between the parts of a term


def fold(text: str) -> str:
    """Lower the case, strip accents, and turn everything but letters and digits into one space."""
    if text.isascii():
        return " ".join(_NO_WORD.sub(" ", text.lower()).split())
    flat = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in flat if not unicodedata.combining(c)).translate(_LETTERS)
    return " ".join(_NO_WORD.sub(" ", unicodedata.normalize("NFC", bare)).split())


def split_name(name: str) -> str:
    """Part the words of an attribute: ``loginUserName`` and ``login_user-name`` alike."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)


@dataclass(frozen=True, slots=True)
class _Term:
    """Words in a row; ``*`` between two of them stands for up to four others."""

    kind: str
    words: tuple[str, ...]
    open_end: bool

    def stands(self, words: list[str], at: int, part: int = 0) -> bool:
        """Tell whether the term stands in ``words`` from position ``at``."""
        for place in range(part, len(self.words)):
            if self.words[place] == _GAP:
                ends = range(at + 1, min(at + _WIDEST_GAP, len(words)) + 1)
                return any(self.stands(words, end, place + 1) for end in ends)
            if at >= len(words) or not self._is(place, words[at]):
                return False
            at += 1
        return True

    def _is(self, place: int, word: str) -> bool:
        if self.open_end and place == len(self.words) - 1:
            return word.startswith(self.words[place])
        return word == self.words[place]


class Words:
    """The vocabulary: ``kinds(text)`` names every kind that has a term in the text.

    ``languages`` gives the terms of each kind by language; a star at a term's end lets the word go
    on, one inside it stands for a space, nothing, or, between spaces, for other words.
    """

    def __init__(
        self,
        languages: Mapping[str, Mapping[str, Iterable[str]]],
        inside: Mapping[str, Iterable[str]],
    ) -> None:
        self._by_word: dict[str, list[_Term]] = {}
        self._by_stem: dict[str, list[_Term]] = {}
        self._inside = {kind: tuple(pieces) for kind, pieces in inside.items()}
        self._known: dict[str, frozenset[str]] = {}
        self._by_head: dict[str, list[tuple[str, list[str]]]] = {}
        for terms_by_kind in languages.values():
            for kind, terms in terms_by_kind.items():
                for term in terms:
                    if not term.isascii() and _UNSPACED.search(term):
                        parts = [fold(part) for part in term.strip("*").split("*")]
                        self._by_head.setdefault(parts[0][:_HEAD], []).append((kind, parts))
                    else:
                        self._learn(kind, term)

    def _learn(self, kind: str, term: str) -> None:
        open_end = term.endswith("*")
        for variant in _variants(term.rstrip("*")):
            words = tuple(variant.split())
            found = _Term(kind, words, open_end)
            if open_end and len(words) == 1:
                self._by_stem.setdefault(words[0][:_STEM], []).append(found)
            else:
                self._by_word.setdefault(words[0], []).append(found)

    def kinds(self, *texts: str) -> frozenset[str]:
        """Name the kinds the texts speak of; each text is read for itself."""
        if len(texts) == 1:
            return self._read(texts[0])
        return frozenset().union(*map(self._read, texts))

    def name_kinds(self, *names: str) -> frozenset[str]:
        """Name the kinds an attribute's value speaks of, also where words are written together."""
        return frozenset().union(*map(self._read_name, names))

    def _read_name(self, name: str) -> frozenset[str]:
        if not name:
            return frozenset()
        # The same names come back look after look.
        key = f"\0{name}"
        if key not in self._known:
            found = set(self.kinds(split_name(name)))
            squeezed = fold(name).replace(" ", "")
            for kind, parts in self._inside.items():
                if any(part in squeezed for part in parts):
                    found.add(kind)
            self._remember(key, frozenset(found))
        return self._known[key]

    def _read(self, text: str) -> frozenset[str]:
        if not text:
            return frozenset()
        if text not in self._known:
            self._remember(text, frozenset(self.read(fold(text))))
        return self._known[text]

    def _remember(self, key: str, found: frozenset[str]) -> None:
        if len(self._known) >= _MEMORY:
            self._known.clear()
        self._known[key] = found

    def read(self, folded: str) -> Iterator[str]:
        """Yield the kind of every term in a folded text."""
        words = folded.split()
        for at, word in enumerate(words):
            for term in self._by_word.get(word, ()):
                if term.stands(words, at):
                    yield term.kind
            for end in range(1, min(_STEM, len(word)) + 1):
                stem = self._by_stem.get(word[:end], ())
                yield from (term.kind for term in stem if word.startswith(term.words[0]))
        if not folded.isascii():
            yield from self._read_unspaced(folded)

    def _read_unspaced(self, folded: str) -> Iterator[str]:
        for at in range(len(folded)):
            for end in range(1, _HEAD + 1):
                for kind, parts in self._by_head.get(folded[at : at + end], ()):
                    if _follow(folded, at, parts):
                        yield kind


_MEMORY = 8192


def languages() -> dict[str, dict[str, list[str]]]:
    """Load the terms of every language, by its code and the kind they speak of."""
    folder = files(__package__).joinpath("languages")
    found = sorted(folder.iterdir(), key=lambda file: file.name)
    return {f.name.removesuffix(".json"): json.loads(f.read_text("utf-8")) for f in found}


@cache
def vocabulary() -> Words:
    """Load the words once: they are part of the package."""
    names: dict[str, Any] = json.loads(files(__package__).joinpath("names.json").read_text("utf-8"))
    return Words(languages() | {"": {"provider": names["provider"]}}, names["inside"])


def _variants(term: str) -> tuple[str, ...]:
    """Fold a term; a star inside a word is written as nothing and as a space."""
    if "*" not in term:
        return (fold(term),)
    parts = term.split(f" {_GAP} ")
    glued, spaced = (
        f" {_GAP} ".join(fold(part.replace("*", by)) for part in parts) for by in ("", " ")
    )
    return (glued,) if glued == spaced else (glued, spaced)


def _follow(text: str, at: int, parts: list[str]) -> bool:
    """Tell whether the parts of a term follow each other closely in ``text`` from ``at``."""
    for number, part in enumerate(parts):
        found = text.find(part, at, at + len(part) + (_CLOSE if number else 0))
        if found < 0:
            return False
        at = found + len(part)
    return True
