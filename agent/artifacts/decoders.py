"""The gate's own readers: the containers a value may be packed in, opened one layer at a time.

Nothing here is shared with the cleaner: where both had the same blind spot, neither would see.
Escapes and codings inside one text (percent, HTML, backslashes, base64, hex, UTF-16) are undone by
``vault.needles`` itself; what is opened here is what it cannot see: archives, compressed bytes,
text that JSON or CSS spreads over several strings.
"""

from __future__ import annotations

import binascii
import io
import json
import re
import zipfile
import zlib
from binascii import a2b_base64
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LARGEST_LAYER = 64 * 1024 * 1024

_PACKED = (b"\x1f\x8b", b"PK\x03\x04", b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_TOKEN = re.compile(rb"[A-Za-z0-9+/_-]{12,}")
_STYLE_ESCAPE = re.compile(rb"\\([0-9A-Fa-f]{1,6})\s?")
_STYLE_STRINGS = re.compile(rb"content\s*:\s*(?:\"[^\"]*\"\s*\"|'[^']*'\s*')")
_SIDE_BY_SIDE = re.compile(rb"[\"']\s*[\"']")
# Bytes that only look like a zip, often because another layer was taken off them wrongly.
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError)
_URL_ALPHABET = bytes.maketrans(b"-_", b"+/")


class TooLarge(Exception):
    """A layer inflates to more than can be looked at."""


def layers(content: bytes) -> Iterator[bytes]:
    """Yield what ``content`` becomes when one layer is taken off, in each way that fits."""
    for decode in _DECODERS:
        yield from decode(content)


def _inflated(content: bytes, wbits: int) -> Iterator[bytes]:
    reader = zlib.decompressobj(wbits)
    try:
        result = reader.decompress(content, LARGEST_LAYER)
    except zlib.error:
        return
    if reader.unconsumed_tail:
        raise TooLarge
    yield result


def _gzip(content: bytes) -> Iterator[bytes]:
    start = content.find(b"\x1f\x8b\x08")
    while start >= 0:
        yield from _inflated(content[start:], zlib.MAX_WBITS | 16)
        start = content.find(b"\x1f\x8b\x08", start + 3)


def _zlib(content: bytes) -> Iterator[bytes]:
    if content[:2] in (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"):
        yield from _inflated(content, zlib.MAX_WBITS)


def _zip(content: bytes) -> Iterator[bytes]:
    if b"PK\x03\x04" not in content[:4096]:
        return
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for entry in archive.infolist():
                if entry.file_size > LARGEST_LAYER:
                    raise TooLarge
                yield entry.filename.encode()
                yield archive.read(entry)
    except _UNREADABLE:
        return


def _style(content: bytes) -> Iterator[bytes]:
    """CSS: up to six hexadecimal digits after a backslash, strings side by side."""
    if _STYLE_ESCAPE.search(content) or _STYLE_STRINGS.search(content):
        yield _SIDE_BY_SIDE.sub(b"", _STYLE_ESCAPE.sub(_unescaped, content))


def _unescaped(found: re.Match[bytes]) -> bytes:
    number = int(found[1], 16)
    return chr(number).encode("utf-8", "replace") if number < 0x110000 else b""


def _base64(content: bytes) -> Iterator[bytes]:
    """Archives and compressed bytes written as base64; plain text in it the matcher reads."""
    for token in set(_TOKEN.findall(content)):
        plain = token.translate(_URL_ALPHABET)
        for shift in range(4):
            # The first letters tell whether it is packed: few tokens are decoded as a whole.
            if _decoded(plain[shift : shift + 8]).startswith(_PACKED):
                yield _decoded(plain[shift:])


def _decoded(part: bytes) -> bytes:
    whole = len(part) - len(part) % 4
    try:
        return a2b_base64(part[:whole] + _padded(part[whole:]))
    except binascii.Error:
        return b""


def _padded(rest: bytes) -> bytes:
    return rest + b"=" * (4 - len(rest)) if len(rest) > 1 else b""


def _json(content: bytes) -> Iterator[bytes]:
    """The strings of JSON lists with nothing between them: text that lies over several nodes.

    A string by itself the matcher reads in the JSON as it is; here only CSS inside one is undone.
    """
    if content.lstrip()[:1] not in (b"{", b"["):
        return
    strings: list[str] = []
    listed: list[str] = []
    for value in _json_values(content):
        _collect(value, strings, listed)
        listed.append("\n")
    yield "".join(listed).encode("utf-8", "replace")
    yield from _style("\n".join(strings).encode("utf-8", "replace"))


def _json_values(content: bytes) -> list[Any]:
    text = content.decode("utf-8", "replace")
    try:
        return [json.loads(text)]
    except ValueError:
        pass
    values = []
    for line in text.split("\n"):
        try:
            values.append(json.loads(line))
        except ValueError:
            continue
    return values


def _collect(root: Any, strings: list[str], listed: list[str]) -> None:
    stack: list[tuple[Any, bool]] = [(root, False)]
    while stack:
        value, in_list = stack.pop()
        if isinstance(value, str):
            strings.append(value)
            if in_list:
                listed.append(value)
        elif isinstance(value, dict):
            strings.extend(value)
            stack.extend((item, False) for item in reversed(value.values()))
        elif isinstance(value, list):
            # the first string of a snapshot's node is its tag, not text
            tag = len(value) > 1 and isinstance(value[1], dict)
            stack.extend((item, True) for item in reversed(value[1:] if tag else value))
        elif value is not None:
            strings.append(json.dumps(value))


_DECODERS: tuple[Callable[[bytes], Iterator[bytes]], ...] = (
    _json, _style, _base64, _gzip, _zlib, _zip,
)  # fmt: skip
