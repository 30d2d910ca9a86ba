"""The text inside bytes that are not plain UTF-8: UTF-16, and islands in a sea of binary."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.vault.redaction.dialects import Piece

_ZERO = re.compile(rb"\0")
_WIDE_TEXT = re.compile(rb"(?:[\t\n\r\x20-\x7e]\0){4}|(?:\0[\t\n\r\x20-\x7e]){4}")
# Printable ASCII and whole UTF-8 sequences (RFC 3629, section 4), so that a run always decodes; an
# escaped value of six characters has eight or more.
_ISLAND = re.compile(
    rb"(?:[\t\n\r\x20-\x7e]|[\xc2-\xdf][\x80-\xbf]"
    rb"|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]"
    rb"|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}"
    rb"){8,}"
)
_SEA = b"\xff\xff\xff"


def is_text(body: bytes) -> bool:
    """Say whether the bytes are UTF-8 throughout (ASCII is)."""
    if body.isascii():
        return True
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Wide:
    """UTF-16 of ASCII text, either byte order: the text without its zero bytes."""

    name: str = "wide"
    most: int = 1

    def apply(self, text: bytes) -> bytes | None:
        """Return the bytes without zeros, or ``None`` where nothing looks like UTF-16."""
        if b"\0" not in text or not _WIDE_TEXT.search(text):
            return None
        return text.translate(None, b"\0")

    def pieces(self, text: bytes) -> Iterator[Piece]:
        """Yield the zeros in order, each with an empty output."""
        for gone, match in enumerate(_ZERO.finditer(text)):
            start = match.start()
            yield start, start + 1, start - gone, start - gone


@dataclass(frozen=True, slots=True)
class Islands:
    """The readable runs of binary bytes: undoing escapes in the noise would take for ever."""

    name: str = "islands"
    most: int = 1

    def apply(self, text: bytes) -> bytes | None:
        """Return the runs, kept apart, or ``None`` where there is none."""
        return _SEA.join(_ISLAND.findall(text)) or None

    def pieces(self, text: bytes) -> Iterator[Piece]:
        """Yield what lies between the runs; the runs themselves were copied."""
        before = out = 0
        for index, match in enumerate(_ISLAND.finditer(text)):
            start, end = match.span()
            between = len(_SEA) if index else 0
            yield before, start, out, out + between
            out += between + end - start
            before = end
