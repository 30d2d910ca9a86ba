"""Bodies inside bodies: what gzip, zlib, raw deflate and zip hold, to a bounded depth and size."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import TYPE_CHECKING

from agent.errors import ArtifactWithheld

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEEPEST = 4
_MOST_BYTES = 256 * 1024 * 1024
_STEP = 1024 * 1024
_GZIP = b"\x1f\x8b\x08"
_ZIP = b"PK\x03\x04"
_ZLIB_HEADERS = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_RAW_WINDOW, _ZLIB_WINDOW, _GZIP_WINDOW = -15, 15, 31


def opened(data: bytes) -> Iterator[bytes]:
    """Yield the bytes themselves, then each body found inside them.

    Raises ``ArtifactWithheld`` when there is more than can be looked into.
    """
    left = _MOST_BYTES
    waiting = [(data, 0)]
    while waiting:
        body, depth = waiting.pop()
        yield body
        for inside in _inside(body, left):
            left -= len(inside)
            if left <= 0 or depth >= _DEEPEST:
                raise ArtifactWithheld("a compressed body is too large or too deep to be checked")
            waiting.append((inside, depth + 1))


def _inside(body: bytes, most: int) -> Iterator[bytes]:
    start = body.find(_GZIP)
    while start >= 0:
        yield from _inflated(body[start:], _GZIP_WINDOW, most)
        start = body.find(_GZIP, start + 1)
    if body[:2] in _ZLIB_HEADERS:
        yield from _inflated(body, _ZLIB_WINDOW, most)
    elif body and not body[:64].isascii():
        yield from _inflated(body, _RAW_WINDOW, most)
    if _ZIP in body:
        yield from _unzipped(body, most)


def _inflated(body: bytes, window: int, most: int) -> Iterator[bytes]:
    stream = zlib.decompressobj(window)
    parts: list[bytes] = []
    waiting = body
    size = 0
    try:
        while waiting and size <= most:
            part = stream.decompress(waiting, _STEP)
            parts.append(part)
            size += len(part)
            waiting = stream.unconsumed_tail
    except zlib.error:
        # Not compressed after all, or cut off: what came out before still counts.
        pass
    if size:
        yield b"".join(parts)


def _unzipped(body: bytes, most: int) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            for entry in archive.infolist():
                yield entry.filename.encode("utf-8", "surrogatepass") + b"\n" + entry.comment
                with archive.open(entry) as member:
                    yield member.read(most + 1)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error, EOFError):
        return
