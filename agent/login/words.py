"""What words say: the kinds of field, button or sentence a text speaks of, in many languages."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

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
_STEM = 3


def fold(text: str) -> str:
    """Lower the case, strip accents, and turn everything but letters and digits into one space."""
    flat = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in flat if not unicodedata.combining(c)).translate(_LETTERS)
    return " ".join(
        re.sub(r"[^\w]|_", " ", unicodedata.normalize("NFC", bare), flags=re.UNICODE).split()
    )


def split_name(name: str) -> str:
    """Part the words of an attribute: ``loginUserName`` and ``login_user-name`` alike."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)


@dataclass(frozen=True, slots=True)
class _Term:
    kind: str
    words: tuple[str, ...]
    open_end: bool

    def begins(self, words: list[str], at: int) -> bool:
        """Tell whether the term stands in ``words`` from position ``at``."""
        found = words[at : at + len(self.words)]
        if len(found) < len(self.words) or tuple(found[:-1]) != self.words[:-1]:
            return False
        last = self.words[-1]
        return found[-1].startswith(last) if self.open_end else found[-1] == last


class Words:
    """The vocabulary: ``kinds(text)`` names every kind that has a term in the text."""

    def __init__(self, document: Mapping[str, Mapping[str, Iterable[str]]]) -> None:
        self._by_stem: dict[str, list[_Term]] = {}
        self._unspaced: list[tuple[str, re.Pattern[str]]] = []
        self._inside = {k: tuple(v) for k, v in document["inside"].items() if k != "about"}
        for kind, languages in document.items():
            if kind in ("about", "inside"):
                continue
            terms = [term for written in languages.values() for term in written]
            unspaced = [term for term in terms if _UNSPACED.search(term)]
            if unspaced:
                self._unspaced.append((kind, _pattern(unspaced)))
            for term in terms:
                if term not in unspaced:
                    self._learn(kind, term)

    def _learn(self, kind: str, term: str) -> None:
        for variant in _variants(term.rstrip("*")):
            found = _Term(kind, tuple(fold(variant).split()), term.endswith("*"))
            self._by_stem.setdefault(found.words[0][:_STEM], []).append(found)

    def kinds(self, *texts: str) -> frozenset[str]:
        """Name the kinds the texts speak of; each text is read for itself."""
        found: set[str] = set()
        for text in texts:
            found.update(_kinds_of(self, fold(text)))
        return frozenset(found)

    def name_kinds(self, *names: str) -> frozenset[str]:
        """Name the kinds an attribute's value speaks of, also where words are written together."""
        found = set(self.kinds(*(split_name(name) for name in names)))
        for name in names:
            squeezed = fold(name).replace(" ", "")
            for kind, parts in self._inside.items():
                if any(part in squeezed for part in parts):
                    found.add(kind)
        return frozenset(found)

    def read(self, folded: str) -> Iterator[str]:
        """Yield the kind of every term in a folded text."""
        words = folded.split()
        for at, word in enumerate(words):
            for term in self._by_stem.get(word[:_STEM], ()):
                if term.begins(words, at):
                    yield term.kind
        if _UNSPACED.search(folded):
            for kind, pattern in self._unspaced:
                if pattern.search(folded):
                    yield kind


@cache
def vocabulary() -> Words:
    """Load the words once: they are part of the package."""
    return Words(json.loads(files(__package__).joinpath("words.json").read_text("utf-8")))


_MEMORY = 4096
_remembered: dict[tuple[int, str], frozenset[str]] = {}


def _kinds_of(words: Words, folded: str) -> frozenset[str]:
    # The same texts come back look after look.
    key = (id(words), folded)
    if key not in _remembered:
        if len(_remembered) >= _MEMORY:
            _remembered.clear()
        _remembered[key] = frozenset(words.read(folded))
    return _remembered[key]


def _variants(term: str) -> tuple[str, ...]:
    return (term.replace("*", ""), term.replace("*", " ")) if "*" in term else (term,)


def _pattern(terms: Iterable[str]) -> re.Pattern[str]:
    pieces = (".{0,8}".join(re.escape(fold(p)) for p in t.strip("*").split("*")) for t in terms)
    return re.compile("|".join(pieces))
