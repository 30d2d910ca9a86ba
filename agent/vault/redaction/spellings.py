"""Every fixed way one value can stand in bytes, with the conditions under which it counts.

Escapes (percent, backslash, HTML) are not here: their dialects disagree with each other, so text is
decoded instead (``dialects``). Here is what has one spelling only: other character sets, base64,
hex, digests, backwards. All spellings are searched in lower case, which finds changed case as well.
"""

from __future__ import annotations

import base64
import hashlib
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Below this weight a value stands for itself only as a whole word; below the least, never.
EVERYWHERE_FROM = 6
LEAST = 4
# A run of digits this long is no accident inside a longer number; a time stamp holds any shorter.
_SURE_DIGITS = 10
_SURE_ACROSS_GAPS = 8
_LEAST_LINE = 8
_URLSAFE = bytes.maketrans(b"+/", b"-_")
_DIGESTS = ("md5", "sha1", "sha256", "sha512")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a spelling stands for, and when.

    ``token``: one stretch of an encoding, to be replaced with the whole run around it.
    ``exact``: the bytes it must equal, case included (empty: any case). ``word``: only between
    non-word characters. ``number``: not inside a longer number. ``loose``: also with white space
    or tags in between.
    """

    label: str
    token: bool = False
    exact: bytes = b""
    word: bool = False
    number: bool = False
    loose: bool = False


def weight(value: str) -> int:
    """Return the length that decides how a value is searched; a non-ASCII character counts two."""
    return sum(1 if character.isascii() else 2 for character in value)


def spell(label: str, value: str) -> Iterator[tuple[bytes, Meaning]]:
    """Yield each spelling (lower case) with its meaning; nothing for a value too short."""
    for form in _forms(value):
        size = weight(form)
        if size >= EVERYWHERE_FROM:
            yield from _long(label, form)
        elif size >= LEAST:
            yield from _short(label, form)


def _forms(value: str) -> set[str]:
    forms = {value, unicodedata.normalize("NFC", value), unicodedata.normalize("NFD", value)}
    lines = value.splitlines()
    if len(lines) > 1:
        forms.update(line.strip() for line in lines if len(line.strip()) >= _LEAST_LINE)
    return forms


def _long(label: str, form: str) -> Iterator[tuple[bytes, Meaning]]:
    number = form.isascii() and form.isdigit() and len(form) < _SURE_DIGITS
    dense = "".join(form.split())
    size = len(dense.encode("utf-8", "surrogatepass"))
    loose = size >= _SURE_ACROSS_GAPS or (len(dense) >= LEAST and not dense.isalpha())
    text = Meaning(label, number=number, loose=loose)
    token = Meaning(label, token=True, loose=True)
    for spelled in _texts(form):
        yield spelled.lower(), text
    for raw in _bodies(form)[1:]:
        yield raw.lower(), text
        for spelled in (raw.hex().encode("ascii"), *_aligned(raw)):
            yield spelled.lower(), token
    for spelled in _tokens(form.encode("utf-8", "surrogatepass")):
        yield spelled.lower(), token
    for spelled in _digests(form.encode("utf-8", "surrogatepass")):
        yield spelled.lower(), token


def _short(label: str, form: str) -> Iterator[tuple[bytes, Meaning]]:
    number = form.isascii() and form.isdigit()
    for raw in _bodies(form):
        yield raw.lower(), Meaning(label, exact=raw, word=True, number=number)
        for spelled in (base64.b64encode(raw).rstrip(b"="), raw.hex().encode("ascii")):
            yield spelled.lower(), Meaning(label, token=True, exact=spelled, word=True)
    for spelled in _digests(form.encode("utf-8", "surrogatepass")):
        yield spelled.lower(), Meaning(label, token=True)


def _texts(form: str) -> Iterator[bytes]:
    cases = {form, form[::-1]}
    if not form.isascii():  # ASCII letters need no case variants: both sides are lowered
        cases |= {form.lower(), form.upper(), form.casefold(), form.swapcase()}
    if any(c.isspace() for c in form):
        dense = "".join(form.split())
        cases.add(form.replace(" ", "+"))  # a form body; its other signs are decoded
        telling = len(dense) >= LEAST and not (dense.isalpha() or dense.isdigit())
        cases |= {dense} if telling or len(dense) >= EVERYWHERE_FROM else set()
    for case in cases:
        yield case.encode("utf-8", "surrogatepass")
        if not case.isascii():
            yield from _eight_bit(case)


def _bodies(form: str) -> tuple[bytes, bytes, bytes]:
    return (
        form.encode("utf-8", "surrogatepass"),
        form.encode("utf-16-le", "surrogatepass"),
        form.encode("utf-16-be", "surrogatepass"),
    )


def _eight_bit(form: str) -> Iterator[bytes]:
    for charset in ("latin-1", "cp1252"):
        try:
            yield form.encode(charset)
        except UnicodeEncodeError:
            continue
    # UTF-8 taken for Latin-1 and encoded again: what \xc3\xa9 of a byte string reads as in a script
    yield form.encode("utf-8", "surrogatepass").decode("latin-1").encode("utf-8")


def _tokens(raw: bytes) -> Iterator[bytes]:
    yield raw.hex().encode("ascii")
    for inner in _aligned(raw):
        yield inner
        yield inner.translate(_URLSAFE)
        for outer in _aligned(inner):
            yield outer
            yield outer.translate(_URLSAFE)


def _aligned(raw: bytes) -> Iterator[bytes]:
    """Yield base64 at the three places in a group, without characters that depend on neighbours."""
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + raw)
        yield encoded[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6]


def _digests(raw: bytes) -> Iterator[bytes]:
    for name in _DIGESTS:
        digest = hashlib.new(name, raw, usedforsecurity=False).digest()
        yield digest.hex().encode("ascii")
        encoded = base64.b64encode(digest).rstrip(b"=")
        yield encoded
        yield encoded.translate(_URLSAFE)
