"""Ways of writing text that are undone before searching, each remembering where it was.

A dialect has a fast way (``apply``) that only gives the decoded bytes, since nearly all input is
clean, and a slow way (``pieces``) that says which input each piece of output came from.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from functools import lru_cache
from html.entities import html5
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agent.vault.redaction.letters import Letters

# input start, input end, output start, output end
Piece = tuple[int, int, int, int]

_BLANKS = b" \t\r\n\f\v"
# No-break and zero-width spaces, the soft hyphen, the byte order mark (UTF-8).
_UNSEEN = (
    rb"\xc2[\xa0\xad]|\xcd\x8f|\xe2\x80[\x80-\x8f\xaf]|\xe2\x81[\xa0-\xa4]"
    rb"|\xe3\x80\x80|\xef\xbb\xbf"
)
_TAG = rb"<[^<>]*>"
_SIMPLE = {
    b"n": b"\n",
    b"r": b"\r",
    b"t": b"\t",
    b"b": b"\b",
    b"f": b"\f",
    b"v": b"\v",
    b"0": b"\0",
}
_HEX = "[0-9A-Fa-f]"
# References that browsers also read without their semicolon.
_UNCLOSED = "|".join(
    sorted((name for name in html5 if not name.endswith(";")), key=len, reverse=True)
).encode("ascii")


class Dialect(Protocol):
    """One way of writing text; ``most`` is how many layers of it are undone."""

    @property
    def name(self) -> str:
        """Tell the layers of this dialect from those of others."""

    @property
    def most(self) -> int:
        """Return how many layers of it are undone at most."""

    def apply(self, text: bytes) -> bytes | None:
        """Return the decoded bytes, or ``None`` where there is nothing to decode."""

    def pieces(self, text: bytes) -> Iterator[Piece]:
        """Yield the decoded places in order; what lies between them was copied."""


@dataclass(frozen=True, slots=True)
class Escapes:
    """A dialect of escape sequences: percent, backslash, or HTML.

    ``sign`` is the byte that starts each sequence; ``meaning`` gives what a sequence stands for,
    or the sequence itself where no value could hold that.
    """

    name: str
    most: int
    sign: bytes
    sequence: re.Pattern[bytes]
    meaning: Callable[[bytes], bytes]

    def apply(self, text: bytes) -> bytes | None:
        """Return the decoded bytes, or ``None`` where there is nothing to decode."""
        if self.sign not in text:
            return None
        found = self.sequence.findall(text)  # thousands in a page, and few different ones
        meanings = {sequence: self.meaning(sequence) for sequence in set(found)}
        if all(sequence == meaning for sequence, meaning in meanings.items()):
            return None
        return self.sequence.sub(lambda match: meanings[match[0]], text)

    def leaves_gaps(self, text: bytes) -> bool:
        """Say whether gaps may as well be taken out of the text before its sequences are undone.

        So it is where each sign begins a closed sequence and none stands for a part of a gap.
        """
        written = self.sequence.findall(text)
        if len(written) != text.count(self.sign):
            return False
        return all(
            each.endswith(b";") and not _GAP.search(self.meaning(each)) for each in set(written)
        )

    def pieces(self, text: bytes) -> Iterator[Piece]:
        """Yield the decoded places in order."""
        shorter = 0
        for match in self.sequence.finditer(text):
            start, end = match.span()
            size = len(self.meaning(match[0]))
            yield start, end, start - shorter, start - shorter + size
            shorter += end - start - size


@dataclass(frozen=True, slots=True)
class Gaps:
    """What can stand between the characters of a value: ``gap`` matches one or more of them.

    ``sign`` (if any) is a byte without which there is none; ``marks`` matches those that are more
    than one byte long, ``single`` lists the others.
    """

    name: str
    most: int
    sign: bytes
    gap: re.Pattern[bytes]
    marks: re.Pattern[bytes] | None
    single: bytes

    def apply(self, text: bytes) -> bytes | None:
        """Return the bytes without gaps, or ``None`` where there is none."""
        if self.sign not in text:
            return None
        plain = self.marks.sub(b"", text) if self.marks else text
        if not plain.isascii():
            plain = _UNSEEN_PATTERN.sub(b"", plain)
        dense = plain.translate(None, self.single)
        return dense if len(dense) != len(text) else None

    def pieces(self, text: bytes) -> Iterator[Piece]:
        """Yield the gaps in order, each with an empty output."""
        gone = 0
        for match in self.gap.finditer(text):
            start, end = match.span()
            yield start, end, start - gone, start - gone
            gone += end - start


_UNSEEN_PATTERN = re.compile(_UNSEEN)
_BLANK_GAP = rb"[ \t\r\n\f\v]+|" + _UNSEEN
BLANKS = Gaps("blanks", 1, b"", re.compile(_BLANK_GAP), None, _BLANKS)
TAG_PATTERN = re.compile(_TAG)
_GAP = re.compile(b"[<>]|" + _BLANK_GAP)
TAGS = Gaps("tags", 1, b"<", re.compile(_TAG + b"|" + _BLANK_GAP), TAG_PATTERN, _BLANKS)


def escapes(letters: Letters) -> tuple[Escapes, ...]:
    """Return the three escape dialects, undoing only what a value could hold."""
    return (_percent(letters), _backslash(letters), _entities(letters))


def _percent(letters: Letters) -> Escapes:
    """RFC 3986 in any case and dialect, and ``%uXXXX`` of JavaScript's ``escape``."""
    known = {f"%{octet:02x}".encode("ascii"): bytes((octet,)) for octet in letters.octets}

    def meaning(sequence: bytes) -> bytes:
        if len(sequence) == 3:
            return known.get(sequence.lower(), sequence)
        return _character(letters, sequence, sequence[2:])

    pattern = f"%(?:{_pairs(letters)}|u{_HEX}{{4}})"
    return Escapes("percent", 3, b"%", re.compile(pattern.encode("ascii")), meaning)


def _pairs(letters: Letters) -> str:
    """Return a pattern of the hex pairs of the octets, short enough to be fast."""
    seconds: dict[str, str] = {}
    for octet in sorted(letters.octets):
        first, second = f"{octet >> 4:x}", f"{octet & 15:x}"
        seconds[first] = seconds.get(first, "") + second + second.upper() * second.isalpha()
    return "|".join(
        f"[{first}{first.upper()}][{allowed}]" for first, allowed in sorted(seconds.items())
    )


def _backslash(letters: Letters) -> Escapes:
    """Escapes of JSON (RFC 8259), JavaScript, C and Python, and of signs in patterns."""
    signs = "".join(c for c in map(chr, range(0x21, 0x7F)) if c in letters.characters)
    plain = [c for c in signs if not c.isalnum()]
    simple = [c.decode() for c, value in _SIMPLE.items() if value.decode() in letters.characters]
    single = re.escape("".join({*plain, *simple, "\\"}))

    @lru_cache(maxsize=4096)
    def meaning(sequence: bytes) -> bytes:
        body = sequence[1:]
        if len(body) == 1:
            return _SIMPLE.get(body, body)
        if b"\\" in body:  # two halves of one character beyond the first plane
            pair = bytes.fromhex(body.replace(b"\\u", b"")[1:].decode("ascii"))
            return _held(letters, pair.decode("utf-16-be"), sequence)
        return _character(letters, sequence, body.strip(b"uUx{}"))

    pattern = (
        rf"\\(?:[{single}]|u[dD][89abAB]{_HEX}{{2}}\\u[dD][c-fC-F]{_HEX}{{2}}"
        rf"|u{_HEX}{{4}}|u\{{{_HEX}{{1,6}}\}}|U{_HEX}{{8}}|x{_HEX}{{2}})"
    )
    return Escapes("backslash", 4, b"\\", re.compile(pattern.encode("ascii")), meaning)


def _entities(letters: Letters) -> Escapes:
    """Character references of HTML: named, decimal, hex, padded, with or without semicolon."""

    @lru_cache(maxsize=4096)
    def meaning(sequence: bytes) -> bytes:
        return _held(letters, html.unescape(sequence.decode("ascii")), sequence)

    pattern = re.compile(
        rb"&(?:#[0-9]{1,10};?|#[xX][0-9A-Fa-f]{1,8};?|[A-Za-z][A-Za-z0-9]{1,31};|%b)" % _UNCLOSED
    )
    return Escapes("entities", 3, b"&", pattern, meaning)


def _character(letters: Letters, sequence: bytes, digits: bytes) -> bytes:
    number = int(digits, 16)
    if number > 0x10FFFF or 0xD800 <= number < 0xE000:
        return sequence
    return _held(letters, chr(number), sequence)


def _held(letters: Letters, text: str, otherwise: bytes) -> bytes:
    return text.encode("utf-8") if letters.hold(text) else otherwise
