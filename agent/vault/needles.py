"""The gate's own matcher: does any value stand in these bytes, in any form we can think of?

It looks at what the redactor has cleaned, so it shares no code with it and works another way round:
``plainer`` rewrites the bytes into a number of plainer forms with the standard library, and each
needle is looked for in each form. The answer is labels only.
"""

from __future__ import annotations

import base64
import hashlib
import re
import threading
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from agent.registry import Table
from agent.vault.plainer import BLANK, dense, plainer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from agent.vault.many import Many

_ANYWHERE = 6
_AS_WORD = 4
_LONG_NUMBER = 10
_DENSE_WORD = 8
_LINE = 8
# What tesseract takes for each other, and how many letters in a row are enough.
_ALIKE = str.maketrans("0ol1i|!5s8b2z6g9q$", "ooiiiiissbbzzggggs")
_SEEN_RUN = 8
# To compile the values costs as much as to look for each of them alone in so many bytes.
_WORTH_COMPILING = 64 * 1024

_Place = Literal["text", "dense"]
# Most runs never see so many bytes, and need not load the engine.
_ENGINE: Table[Callable[[Sequence[bytes]], Many]] = Table("agent.vault", {"many": "many:Many"})


@dataclass(frozen=True, slots=True)
class _Needle:
    """Lower-case bytes to look for; ``sure`` must match the text itself as well, if given.

    ``place``: the text, or the text without white space.
    """

    label: str
    body: bytes
    place: _Place = "text"
    sure: re.Pattern[bytes] | None = None

    def is_in(self, text: bytes, places: Mapping[_Place, bytes]) -> bool:
        if self.body not in places[self.place]:
            return False
        return self.sure is None or self.sure.search(text) is not None


@dataclass(slots=True)
class _Sought:
    """The needles of one place, compiled once they were looked for in enough bytes."""

    place: _Place
    needles: tuple[_Needle, ...]
    _many: Many | None = None
    _searched: int = 0

    def candidates(self, text: bytes) -> Iterator[_Needle]:
        """Return the needles that may be in the text, which is in lower case."""
        if self._many is None:
            self._searched += len(text)
            if not self.needles or self._searched < _WORTH_COMPILING:
                return iter(self.needles)
            self._many = _ENGINE["many"]([needle.body for needle in self.needles])
        return map(self.needles.__getitem__, self._many.candidates(text))


class Needles:
    """Values by label; says which of them stand in some bytes. Prints without any value."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: set[tuple[str, str]] = set()
        self._needles: tuple[_Needle, ...] = ()
        self._sought: tuple[_Sought, ...] | None = None

    def __repr__(self) -> str:
        return f"Needles({', '.join(sorted({label for label, _ in self._known}))})"

    def add(self, label: str, value: str) -> None:
        """Learn one more value; a label may have several. Under four characters: never found."""
        with self._lock:
            if (label, value) not in self._known:
                self._known.add((label, value))
                self._needles = (*self._needles, *_needles(label, value))
                self._sought = None

    @property
    def longest(self) -> int:
        """Return the length of the longest value, in characters."""
        with self._lock:
            return max((len(value) for _, value in self._known), default=0)

    def labels_seen(self, words: str, *, least: int = _AS_WORD) -> frozenset[str]:
        """Return the labels of values in what was read from a picture: eight letters in a row.

        Letters that look alike count as one; white space does not count. Values of fewer letters
        than ``least`` are not looked for.
        """
        read = _looks(words)
        with self._lock:
            known = tuple(self._known)
        looks = ((label, _looks(value)) for label, value in known)
        return frozenset(
            label for label, value in looks if len(value) >= least and _is_seen(value, read)
        )

    def labels_in(self, data: bytes) -> frozenset[str]:
        """Return the labels of the values that stand in the bytes in some form."""
        found: set[str] = set()
        with self._lock:
            if self._sought is None:
                self._sought = _by_place(self._needles)
            every = {needle.label for needle in self._needles}
            for text in plainer(data) if every else ():
                found |= _labels_in(text, self._sought, found)
                if found == every:
                    break
        return frozenset(found)


def _labels_in(text: bytes, sought: tuple[_Sought, ...], found: set[str]) -> set[str]:
    """Return the labels of needles in one form, those found already left out."""
    lowered = text.lower()
    places: dict[_Place, bytes] = {"text": lowered, "dense": dense(lowered)}
    return {
        needle.label
        for each in sought
        for needle in each.candidates(places[each.place])
        if needle.label not in found and needle.is_in(text, places)
    }


def _by_place(needles: tuple[_Needle, ...]) -> tuple[_Sought, ...]:
    places: tuple[_Place, ...] = ("text", "dense")
    return tuple(_Sought(at, tuple(n for n in needles if n.place == at)) for at in places)


def _looks(text: str) -> str:
    return "".join(text.split()).lower().translate(_ALIKE)


def _is_seen(value: str, read: str) -> bool:
    size = min(len(value), _SEEN_RUN)
    if size < _AS_WORD:
        return False
    starts = range(len(value) - size + 1)
    return any(value[at : at + size] in read for at in starts)


def _needles(label: str, value: str) -> set[_Needle]:
    lines = {line.strip() for line in value.splitlines()}
    parts = {value} | {line for line in lines if len(line) >= _LINE}
    texts = parts | {unicodedata.normalize(f, part) for f in ("NFC", "NFD") for part in parts}
    found: set[_Needle] = set()
    for text in texts:
        size = len(text) + sum(ord(character) > 0x7F for character in text)
        if size < _AS_WORD:
            continue
        short = size < _ANYWHERE
        found.update(_short(label, text) if short else _long(label, text))
        digests = _digests(text.encode("utf-8", "surrogatepass"))
        found.update(_Needle(label, digest.lower()) for digest in digests)
    return found


def _long(label: str, text: str) -> Iterator[_Needle]:
    raw = text.encode("utf-8", "surrogatepass")
    if text.isascii() and text.isdigit() and len(text) < _LONG_NUMBER:
        yield _Needle(label, raw, sure=_number(raw))
        yield _Needle(label, raw[::-1], sure=_number(raw[::-1]))
        yield _Needle(label, raw, "dense", _number(raw, between=BLANK + b"*"))
    else:
        for case in (text, text[::-1], text.lower(), text.upper(), text.swapcase()):
            yield _Needle(label, case.encode("utf-8", "surrogatepass").lower())
        yield _Needle(label, raw.lower().replace(b" ", b"+"))
        packed = "".join(text.split())
        weighty = len(packed.encode("utf-8", "surrogatepass")) >= _DENSE_WORD
        if weighty or (len(packed) >= _AS_WORD and not packed.isalpha()):
            body = packed.encode("utf-8", "surrogatepass").lower()
            short = packed.isascii() and packed.isdigit() and len(packed) < _LONG_NUMBER
            yield _Needle(
                label, body, "dense", _number(body, between=BLANK + b"*") if short else None
            )
        for wide in (text.encode("utf-16-le", "ignore"), text.encode("utf-16-be", "ignore")):
            yield _Needle(label, wide.lower())
            if not text.isascii():
                # its octets taken for letters, and those written as text
                yield _Needle(label, wide.decode("latin-1").lower().encode())
        if not text.isascii():
            yield from _one_byte(label, text, raw)
    yield from _coded(label, text, raw)


def _coded(label: str, text: str, raw: bytes) -> Iterator[_Needle]:
    for octets in (raw, text.encode("utf-16-le", "ignore")):
        yield _Needle(label, octets.hex().encode())
        for piece in _base64_at_any_place(octets):
            for spelled in (piece, piece.replace(b"+", b"-").replace(b"/", b"_")):
                yield _Needle(label, spelled.lower())


def _short(label: str, text: str) -> Iterator[_Needle]:
    raw = text.encode("utf-8", "surrogatepass")
    is_number = text.isascii() and text.isdigit()
    yield _Needle(label, raw.lower(), sure=_number(raw, word=True) if is_number else _word(raw))
    for spelled in (raw.hex().encode(), base64.b64encode(raw).rstrip(b"=")):
        yield _Needle(label, spelled.lower(), sure=_word(spelled))


def _one_byte(label: str, text: str, raw: bytes) -> Iterator[_Needle]:
    twice = raw.decode("latin-1").encode()
    for body in (twice, text.encode("latin-1", "replace"), text.encode("cp1252", "replace")):
        yield _Needle(label, body.lower())


def _base64_at_any_place(octets: bytes) -> Iterator[bytes]:
    """Yield the letters that are the same whatever stands before and after."""
    for offset in (0, 1, 2):
        one = base64.b64encode(b"\0" * offset + octets + b"\0" * 3)
        other = base64.b64encode(b"\xff" * offset + octets + b"\xff" * 3)
        same = [a if a == b else 0x20 for a, b in zip(one, other, strict=True)]
        yield max(bytes(same).split(b" "), key=len)


def _digests(octets: bytes) -> Iterator[bytes]:
    for make in (hashlib.md5, hashlib.sha1, hashlib.sha256, hashlib.sha512):
        digest = make(octets, usedforsecurity=False).digest()
        yield digest.hex().encode()
        yield base64.b64encode(digest).rstrip(b"=")
        yield base64.urlsafe_b64encode(digest).rstrip(b"=")


def _word(body: bytes) -> re.Pattern[bytes]:
    edge = rb"[0-9A-Za-z_\x80-\xff]"
    return re.compile(rb"(?<!%b)%b(?!%b)" % (edge, re.escape(body), edge))


def _number(body: bytes, *, between: bytes = b"", word: bool = False) -> re.Pattern[bytes]:
    """Match digits that are not part of a longer number, such as a time stamp."""
    digits = between.join(body[i : i + 1] for i in range(len(body)))
    edge = rb"[0-9A-Za-z_\x80-\xff]" if word else rb"[0-9]"
    return re.compile(rb"(?<!%b)(?<![0-9]\.)%b(?!%b|\.[0-9])" % (edge, digits, edge))
