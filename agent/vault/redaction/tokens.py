"""Long runs of base64 or hex letters, decoded: values can stand inside in yet another dialect.

The plain spellings of a value in base64 and hex are found without this; a JSON document inside a
token, with its own escapes, is not.
"""

from __future__ import annotations

import binascii
import re
import string
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.vault.redaction.dialects import Piece

_LEAST = 16
# A value of four or five characters, in base64 with what stands before it, is no longer than this.
LEAST_FOR_SHORT = 10
_ALPHABET = (string.ascii_letters + string.digits + "+/-_").encode("ascii")
_INSIDE = ord("a")
_FLAGS = bytes(_INSIDE if octet in _ALPHABET else ord(" ") for octet in range(256))
_STANDARD = bytes.maketrans(b"-_", b"+/")
_HEX_RUN = re.compile(rb"[0-9A-Fa-f]{16,}")
# No text in any encoding holds this, so no value is found across two tokens.
_BETWEEN = b"\xff\xff\xff"
_INSIDE_RUN = re.compile(rb"[A-Za-z0-9+_-]")


class _Chunk(NamedTuple):
    """A run decoded from one alignment: so many octets from so many letters."""

    body: bytes
    shift: int
    octets: int
    letters: int


@dataclass(frozen=True, slots=True)
class Tokens:
    """All runs of at least ``least`` letters, decoded at each alignment, one after the other."""

    name: str = "tokens"
    most: int = 2
    least: int = _LEAST

    def apply(self, text: bytes) -> bytes | None:
        """Return what the runs hold, or ``None`` where there is no run."""
        flags = text.translate(_FLAGS)
        if bytes((_INSIDE,)) * self.least not in flags:
            return None
        runs = _runs(flags, self.least)
        chunks = (chunk for start, end in runs for chunk in _decoded(text[start:end]))
        return b"".join([part for chunk in chunks for part in (chunk.body, _BETWEEN)])

    def pieces(self, text: bytes) -> Iterator[Piece]:
        """Yield the groups of letters in order, each with the bytes it stands for."""
        out = 0
        for start, end in _runs(text.translate(_FLAGS), self.least):
            for chunk in _decoded(text[start:end]):
                for at in range(0, len(chunk.body), chunk.octets):
                    group = start + chunk.shift + at // chunk.octets * chunk.letters
                    size = min(chunk.octets, len(chunk.body) - at)
                    yield group, min(group + chunk.letters, end), out + at, out + at + size
                out += len(chunk.body) + len(_BETWEEN)


def _runs(flags: bytes, least: int) -> Iterator[tuple[int, int]]:
    run = bytes((_INSIDE,)) * least
    start = flags.find(run)
    while start >= 0:
        end = flags.find(b" ", start)
        end = len(flags) if end < 0 else end
        yield start, end
        start = flags.find(run, end)


def _decoded(run: bytes) -> Iterator[_Chunk]:
    for match in _HEX_RUN.finditer(run):
        for shift in (match.start(), match.start() + 1):
            whole = run[shift : shift + (match.end() - shift) // 2 * 2]
            yield _Chunk(binascii.unhexlify(whole), shift, octets=1, letters=2)
    standard = run.translate(_STANDARD)
    for shift in range(4):
        body = standard[shift:]
        # A single left-over letter holds no whole byte.
        body = body[:-1] if len(body) % 4 == 1 else body
        decoded = binascii.a2b_base64(body + b"=" * (-len(body) % 4))
        yield _Chunk(decoded, shift, octets=3, letters=4)


def run_around(text: bytes, start: int, end: int) -> tuple[int, int]:
    """Widen a span to the whole token it lies in; a slash ends it, so that paths survive.

    The letters next to the span hold some of its bits, and so belong to it even if a slash.
    """
    if text[start - 1 : start] == b"/":
        start -= 1
    while start and _INSIDE_RUN.match(text, start - 1):
        start -= 1
    if text[end : end + 1] == b"/":
        end += 1
    while _INSIDE_RUN.match(text, end):
        end += 1
    while text[end : end + 1] == b"=":
        end += 1
    return start, end
