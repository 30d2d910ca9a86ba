"""Text as a reader sees it: white space, invisible characters, case and letter forms do not count.

For pictures: a box too many does no harm there, so every value of four characters or more is
looked for across gaps.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ahocorasick_rs import BytesAhoCorasick

from agent.vault.redaction.spellings import EVERYWHERE_FROM, LEAST, weight

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# A letter with the marks on it: letter forms are compared letter by letter.
_CLUSTER = re.compile(
    r".[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f]*", re.DOTALL
)
_ASCII_BLANKS = bytes(octet for octet in range(0x80) if chr(octet).isspace())
_UNSEEN = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class Visible:
    """Values in reading form: (label, form, whole word only)."""

    values: tuple[tuple[str, str, bool], ...]
    automaton: BytesAhoCorasick

    @classmethod
    def of(cls, values: Mapping[str, Iterable[str]]) -> Visible:
        """Prepare the values of all labels, forwards and backwards."""
        found: set[tuple[str, str, bool]] = set()
        for label, texts in values.items():
            for text in texts:
                form = _form(text)
                if weight(form) >= EVERYWHERE_FROM:
                    found |= {(label, form, False), (label, form[::-1], False)}
                elif weight(form) >= LEAST:
                    found.add((label, form, True))
        ordered = tuple(sorted(found))
        return cls(ordered, BytesAhoCorasick([_encoded(form) for _, form, _ in ordered]))

    def spans(self, text: str) -> Iterator[tuple[str, int, int]]:
        """Yield (label, start, end) in characters of the text."""
        matches = self.automaton.find_matches_as_indexes(_encoded(_form(text)), overlapping=True)
        present = [self.values[index] for index in sorted({match[0] for match in matches})]
        if not present:
            return
        form, places = _form_with_places(text)
        for label, value, word in present:
            at = form.find(value)
            while at >= 0:
                start, end = places[at][0], places[at + len(value) - 1][1]
                if not word or _is_word(text, start, end):
                    yield label, start, end
                at = form.find(value, at + 1)


def _form(text: str) -> str:
    if text.isascii():
        return text.encode().translate(None, _ASCII_BLANKS).decode().lower()
    return "".join(_seen(unicodedata.normalize("NFKD", text).casefold()))


def _encoded(form: str) -> bytes:
    return form.encode("utf-8", "surrogatepass")


def _seen(text: str) -> Iterator[str]:
    return (c for c in text if unicodedata.category(c) not in _UNSEEN)


def _form_with_places(text: str) -> tuple[str, list[tuple[int, int]]]:
    letters: list[str] = []
    places: list[tuple[int, int]] = []
    for cluster in _CLUSTER.finditer(text):
        form = _form(cluster[0])
        letters.append(form)
        places.extend([cluster.span()] * len(form))
    return "".join(letters), places


def _is_word(text: str, start: int, end: int) -> bool:
    return not (text[start - 1 : start].isalnum() or text[end : end + 1].isalnum())
