"""The cleaner's own unpacker: a body that is packed as a whole is cleaned and kept unpacked."""

from __future__ import annotations

import gzip
import io
import zlib
from typing import TYPE_CHECKING

import brotli
import zstandard

if TYPE_CHECKING:
    from collections.abc import Callable

_LAYERS = 3
_GZIP, _ZSTD = b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd"
_NOT_PACKED = (OSError, EOFError, zlib.error, zstandard.ZstdError, brotli.error, MemoryError)


def unpacked(content: bytes, largest: int) -> bytes:
    """What a packed body holds, three layers deep at most; anything else is given back as it is.

    A body that would hold more than ``largest`` bytes is given back packed.
    """
    for _ in range(_LAYERS):
        inside = _opened(content, largest)
        if inside is None:
            break
        content = inside
    return content


def _opened(content: bytes, largest: int) -> bytes | None:
    for fits, unpack in _WAYS:
        if fits(content):
            try:
                inside = unpack(content, largest)
            except _NOT_PACKED:
                continue
            if len(inside) <= largest:
                return inside
    return None


def _gunzip(content: bytes, largest: int) -> bytes:
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
        return file.read(largest + 1)


def _unzstd(content: bytes, largest: int) -> bytes:
    with zstandard.ZstdDecompressor().stream_reader(content, read_across_frames=True) as reader:
        return reader.read(largest + 1)


def _unbrotli(content: bytes, largest: int) -> bytes:
    reader = brotli.Decompressor()
    inside: bytes = reader.process(content, output_buffer_limit=largest + 1)
    if not reader.is_finished():
        raise EOFError
    return inside


def _inflate(content: bytes, largest: int) -> bytes:
    for window in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
        reader = zlib.decompressobj(window)
        try:
            inside = reader.decompress(content, largest + 1)
        except zlib.error:
            continue
        if reader.eof and not reader.unused_data:
            return inside
    raise EOFError


def _is_binary(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


_WAYS: tuple[tuple[Callable[[bytes], bool], Callable[[bytes, int], bytes]], ...] = (
    (lambda content: content.startswith(_GZIP), _gunzip),
    (lambda content: content.startswith(_ZSTD), _unzstd),
    # these have no sign of their own
    (_is_binary, _unbrotli),
    (_is_binary, _inflate),
)
