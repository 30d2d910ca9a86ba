"""The gate's own readers: the containers a value may be packed in, opened one layer at a time.

Nothing here is shared with the cleaner: where both had the same blind spot, neither would see.
Escapes and codings inside one text (percent, HTML, backslashes, base64, hex, UTF-16) are undone by
``vault.needles`` itself; what is opened here is what it cannot see: archives, compressed bytes,
text that JSON, CSS or a mail's line ends spread over several strings.
"""

from __future__ import annotations

import binascii
import io
import json
import quopri
import re
import zipfile
import zlib
from binascii import a2b_base64
from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING, Any

from agent.artifacts.inflating import Broken, Packing, packings_of
from agent.vault.plainer import token_spans

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST_LAYER = 16 * 1024 * 1024

_PACKED = (
    b"\x1f\x8b\x08", b"PK\x03\x04", b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda",
    b"\x28\xb5\x2f\xfd",
)  # fmt: skip
# Packed bytes inside others: gzip, zstd, and the streams of a PDF.
_INSIDE = (b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"stream\n\x78", b"stream\r\n\x78")
_BEFORE_STREAM = re.compile(rb"stream\r?\n")
_LEAST_TOKEN = 12
_UNSIGNED_FROM = 24
_HEAD = 64 * 1024
_STYLE_ESCAPE = re.compile(rb"\\([0-9A-Fa-f]{1,6})\s?")
_STYLE_STRINGS = re.compile(rb"content\s*:\s*(?:\"[^\"]*\"\s*\"|'[^']*'\s*')")
_SIDE_BY_SIDE = re.compile(rb"[\"']\s*[\"']")
# What a mail's line has that no query and no attribute has.
_QUOTED = re.compile(rb"=(?:3D|\r?\n|[C-F][0-9A-F]=[89AB][0-9A-F])")
# Keys pressed, lines printed, messages sent: what one field of many events says together.
_SAID = re.compile(rb"\"(key|text|data)\"\s*:\s*\"((?:[^\"\\]|\\.)*)\"")
_PRESSES = (b"press(", b"type(", b"insertText(")
_PRESSED = re.compile(rb"\b(?:press|type|insertText)\(\\?([\"'])(.{1,8}?)\\?\1\)")
_LISTED = re.compile(r'[\[,\]]\s*"((?:[^"\\]|\\.)*)"\s*(?=[,\]](?!\s*\{))')
# Bytes that only look like a zip, often because another layer was taken off them wrongly.
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError)
_URL_ALPHABET = bytes.maketrans(b"-_", b"+/")


class TooLarge(Exception):
    """A layer holds more than can be looked at, or goes on where the window ends."""


def layers(content: bytes, *, cut: bool = False) -> Iterator[bytes]:
    """Yield what ``content`` becomes when one layer is taken off, in each way that fits.

    ``cut`` says that the text goes on behind it. Raises ``TooLarge``.
    """
    yield from _json(content)
    yield from _style(content)
    yield from _quoted_printable(content)
    yield from _said(content)
    yield from _base64(content, cut=cut)
    yield from _embedded(content, cut=cut)
    yield from _zip(content)


def _embedded(content: bytes, *, cut: bool) -> Iterator[bytes]:
    for packing in packings_of(content[:_HEAD]):
        yield _unpacked(packing, content, cut=cut)
    for sign in _INSIDE:
        start = content.find(sign, 1)
        while start >= 0:
            inside = _BEFORE_STREAM.sub(b"", content[start : start + _HEAD], count=1)
            first = start + min(_HEAD, len(content) - start) - len(inside)
            for packing in packings_of(inside):
                yield _unpacked(packing, content[first:], cut=cut)
            start = content.find(sign, start + 1)


def _unpacked(packing: Packing, content: bytes, *, cut: bool) -> bytes:
    """What was packed, as far as it goes."""
    found: list[bytes] = []
    size = 0
    try:
        for block in packing.unpack(iter((content,))):
            found.append(block)
            size += len(block)
            if size > LARGEST_LAYER:
                raise TooLarge
    except Broken:
        return b"".join(found)
    if cut and packing.sure:
        # it did not end before the window did
        raise TooLarge
    return b"".join(found)


def _zip(content: bytes) -> Iterator[bytes]:
    if b"PK\x03\x04" not in content[:4096]:
        return
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for entry in archive.infolist():
                if entry.file_size > LARGEST_LAYER:
                    raise TooLarge
                yield entry.filename.encode() + b"\n" + entry.comment
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


def _quoted_printable(content: bytes) -> Iterator[bytes]:
    if _QUOTED.search(content):
        yield quopri.decodestring(content)


def _said(content: bytes) -> Iterator[bytes]:
    """What several events say one after the other and none of them alone."""
    told: defaultdict[bytes, list[bytes]] = defaultdict(list)
    for name, words in _SAID.findall(content):
        told[name].append(words)
    if any(call in content for call in _PRESSES):
        told[b"pressed"] = [words for _, words in _PRESSED.findall(content)]
    yield from (b"".join(words) for words in told.values() if len(words) > 1)


def _base64(content: bytes, *, cut: bool) -> Iterator[bytes]:
    """Archives and compressed bytes written as base64; plain text in it the matcher reads."""
    last = len(content.rstrip(b"=")) if cut else len(content) + 1
    seen: set[bytes] = set()
    for start, end in token_spans(content, _LEAST_TOKEN):
        token = content[start:end]
        if token in seen:
            continue
        seen.add(token)
        plain = token.translate(_URL_ALPHABET)
        # The first letters tell whether it is packed: few tokens are decoded as a whole.
        signed = [s for s in range(4) if _decoded(plain[s : s + 8]).startswith(_PACKED)]
        if signed and end >= last:
            raise TooLarge
        yield from (_decoded(plain[shift:]) for shift in signed)
        yield from _unsigned(plain)


def _unsigned(token: bytes) -> Iterator[bytes]:
    if len(token) >= _UNSIGNED_FROM and not _decoded(token[:16]).isascii():
        whole = _decoded(token)
        for packing in packings_of(whole[:_HEAD]):
            if not packing.sure:
                yield _unpacked(packing, whole, cut=False)


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
    if b'"' not in content or (b"{" not in content and b"[" not in content):
        return
    strings: list[str] = []
    listed: list[str] = []
    for value in _json_values(content, listed):
        _collect(value, strings, listed)
        listed.append("\n")
    if strings or listed:
        yield "".join(listed).encode("utf-8", "replace")
        yield from _style("\n".join(strings).encode("utf-8", "replace"))


def _json_values(content: bytes, listed: list[str]) -> list[Any]:
    """The JSON documents of the text, line by line; of a piece of one, the strings in lists."""
    text = content.decode("utf-8", "replace")
    if text.lstrip()[:1] in ("{", "["):
        try:
            return [json.loads(text)]
        except (ValueError, RecursionError):
            pass
    values = []
    for line in text.split("\n"):
        if line.lstrip()[:1] in ("{", "["):
            try:
                values.append(json.loads(line))
                continue
            except (ValueError, RecursionError):
                pass
        if '"' in line:
            found = (_LISTED.findall(line), ["\n"])
            listed.extend(chain.from_iterable(found))
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
