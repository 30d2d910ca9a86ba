"""Find the one-time code in a message, or none: a wrong one costs a try. Pure.

A code stands beside words that speak of one, in any language of the vocabulary, or alone on its
line. What looks alike (a year, a price, an order's number, a telephone number) is left alone.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Final

from agent.login.words import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator

_NOISE: Final = re.compile(r"https?://\S+|www\.\S+|\S+@\S+|#[0-9a-fA-F]{3,8}\b")
# Parts of something else: prices, dates, times, versions, percentages, telephone numbers.
_OTHER: Final = re.compile(
    r"[$€£¥₹]\s?\d[\d.,]*|\d[\d.,]*\s?[$€£¥₹%]|\+\s?\d[\d ()./-]{6,}|\(\d+\)[\d ./-]{5,}"
    r"|\b\d{1,4}[./]\d{1,2}[./]\d{1,4}\b|\b(?:19|20)\d\d-\d\d-\d\d\b|\b\d{1,2}:\d\d(?::\d\d)?\b"
    r"|\b\d+[.,]\d+\b|\b(?:\d[ -]?){9,}\d\b"
)
_SPACED: Final = re.compile(r"(?<![\w-])\d(?:[ \t]\d){3,7}(?![\w-])")
_HALVES: Final = re.compile(r"(?<![\w-])(\d{3,4})[ \u00a0-](\d{3,4})(?![\w-])")
_PREFIXED: Final = re.compile(r"(?<!\w)[A-Z]{1,3}-(\d{4,8})(?![\w-])")
_DIGITS: Final = re.compile(r"(?<![\w-])\d{4,8}(?![\w-])")
_LETTERS: Final = re.compile(r"(?<![\w-])(?=[A-Z0-9]*\d)(?=[A-Z0-9]*[A-Z])[A-Z0-9]{5,10}(?![\w-])")
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_NUMBER_OF: Final = re.compile(
    r"(?i)\b(order|invoice|ticket|case|reference|ref|booking|account|customer|zip|postal|"
    r"room|phone|tel|call|fax|suite|copyright|bestellung|rechnung|kunden\w*|commande|facture|"
    r"pedido|factura|ordine|fattura|vat|iban)\b[^\n]{0,14}$|©\s*$"
)
_ALONE: Final = 3
_NEAR: Final = 4
_IN_LINE: Final = 5
_LEAST: Final = 3
_WORDS_BEFORE: Final = 2


def code_in(subject: str, body: str) -> str | None:
    """Return the code a message gives, without blanks and dashes; None where it is not sure."""
    scores: dict[str, int] = {}
    for text, bonus in ((subject, 0), (body, 1)):
        for code, score in _candidates(text):
            scores[code] = max(scores.get(code, 0), score + bonus)
    ranked = sorted(scores.items(), key=lambda one: -one[1])
    return ranked[0][0] if ranked and ranked[0][1] > _LEAST else None


def _candidates(text: str) -> Iterator[tuple[str, int]]:
    speaks = vocabulary().kinds
    lines = [_cleared(line) for line in text.splitlines() if line.strip()]
    about_code = ["code" in speaks(line) for line in lines]
    for at, line in enumerate(lines):
        near = any(about_code[max(0, at - _WORDS_BEFORE) : at + _WORDS_BEFORE])
        for code, start, rest in _tokens(line):
            if _NUMBER_OF.search(line[:start]):
                continue
            alone = not re.search(r"\w", rest)
            score = _IN_LINE if about_code[at] else _NEAR if near and alone else 0
            score += _ALONE * alone + (len(code) == 6) + code.isdigit()
            if _YEAR.fullmatch(code) and not (alone or about_code[at]):
                score -= _IN_LINE
            yield code, score if near or about_code[at] else score - 2


def _cleared(line: str) -> str:
    """Blank out what is no code for sure, keeping places."""
    for pattern in (_NOISE, _OTHER):
        line = pattern.sub(lambda found: " " * len(found[0]), line)
    return line


def _tokens(line: str) -> Iterator[tuple[str, int, str]]:
    """Give each possible code, where it begins, and the line without it."""
    taken: list[tuple[int, int]] = []
    for pattern in (_SPACED, _HALVES, _PREFIXED, _DIGITS, _LETTERS):
        for found in pattern.finditer(line):
            if any(found.start() < end and start < found.end() for start, end in taken):
                continue
            taken.append(found.span())
            code = "".join(found.groups()) or re.sub(r"\s", "", found[0])
            yield code, found.start(), line[: found.start()] + line[found.end() :]


class _Text(HTMLParser):
    """Collects what a reader of the page sees, a line for each block."""

    _silent = frozenset({"style", "script", "title", "head"})
    _inline = frozenset({"a", "b", "strong", "i", "em", "span", "font", "u", "code", "small"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._silence: list[str] = []

    def handle_starttag(
        self,
        tag: str,
        attrs: list[tuple[str, str | None]],  # noqa: ARG002 - the parser calls it so
    ) -> None:
        if tag in self._silent:
            self._silence.append(tag)
        self._part(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._silence:
            self._silence = self._silence[: self._silence.index(tag)]
        self._part(tag)

    def handle_data(self, data: str) -> None:
        if not self._silence:
            self.pieces.append(re.sub(r"\s+", " ", data))

    def _part(self, tag: str) -> None:
        if tag == "td":
            self.pieces.append(" ")  # the boxes of one code may be cells of one row
        elif tag not in self._inline:
            self.pieces.append("\n")


def text_of_html(html: str) -> str:
    """Return the text a reader of an HTML message sees, one line for each block."""
    reader = _Text()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.pieces).splitlines())
    return "\n".join(line for line in lines if line)
