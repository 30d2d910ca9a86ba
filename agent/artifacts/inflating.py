"""The gate's own unpackers: streams in, streams out, so that size costs time and never memory.

Nothing here is shared with the cleaner. Each takes blocks of packed bytes and yields blocks of what
they hold, none longer than ``LARGEST_BLOCK``.
"""

from __future__ import annotations

import io
import zlib
from typing import IO, TYPE_CHECKING, Any, NamedTuple, cast

import brotli
import zstandard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Blocks = Iterator[bytes]

LARGEST_BLOCK = 256 * 1024
_TRIED = 4096
_TELLING = 64
_LONGEST_LETTER = 4
_ZSTD_WINDOW = 128 * 1024 * 1024
_ANY_HEADER, _NO_HEADER = zlib.MAX_WBITS | 32, -zlib.MAX_WBITS


class Broken(Exception):
    """Bytes that begin like a packed stream and do not go on like one."""


class Packing(NamedTuple):
    """A way of packing: its name, and how its blocks are unpacked.

    ``sure`` says that a stream was told by its first bytes, not by trying.
    """

    name: str
    unpack: Callable[[Blocks], Blocks]
    sure: bool


def packings_of(head: bytes) -> tuple[Packing, ...]:
    """Tell how a stream that begins with ``head`` may be packed: one way that is sure, or guesses.

    Empty where it seems not to be packed.
    """
    for signs, packing in _SIGNS:
        if head.startswith(signs) and _unpacks(packing, head):
            return (packing,)
    if not head or _is_text(head):
        return ()
    return tuple(packing for packing in _UNSIGNED if _unpacks(packing, head))


def _unpacks(packing: Packing, head: bytes) -> bool:
    """Whether the first bytes unpack; a stream that cannot be told by its sign must give more."""
    found = 0
    try:
        for block in packing.unpack(iter((head[:_TRIED],))):
            found += len(block)
    except Broken:
        return found >= (1 if packing.sure else _TELLING)
    return found > 0 or len(head) >= _TRIED


def _is_text(head: bytes) -> bool:
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        # a letter that the end of the head cuts in two
        return error.start > len(head) - _LONGEST_LETTER
    return True


def _inflated(wbits: int) -> Callable[[Blocks], Blocks]:
    def unpack(blocks: Blocks) -> Blocks:
        reader = zlib.decompressobj(wbits)
        for block in blocks:
            waiting = block
            while waiting:
                if reader.eof:
                    # The next member, or bytes behind the end: they are looked at as they are.
                    reader, waiting = zlib.decompressobj(wbits), waiting.lstrip(b"\0")
                try:
                    found = reader.decompress(waiting, LARGEST_BLOCK)
                except zlib.error:
                    yield waiting
                    raise Broken from None
                yield found
                waiting = reader.unused_data or reader.unconsumed_tail
        yield reader.flush()

    return unpack


def _unzstd(blocks: Blocks) -> Blocks:
    source = cast("IO[bytes]", _Source(blocks))
    decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    reader = decompressor.stream_reader(source, read_across_frames=True, closefd=False)
    try:
        while found := reader.read(LARGEST_BLOCK):
            yield found
    except zstandard.ZstdError:
        raise Broken from None


def _unbrotli(blocks: Blocks) -> Blocks:
    reader = brotli.Decompressor()
    try:
        for block in blocks:
            if reader.is_finished():
                yield block
                continue
            yield reader.process(block, output_buffer_limit=LARGEST_BLOCK)
            while not reader.can_accept_more_data():
                yield reader.process(b"", output_buffer_limit=LARGEST_BLOCK)
    except brotli.error:
        raise Broken from None


class _Source(io.RawIOBase):
    """Blocks as a file to read from."""

    def __init__(self, blocks: Blocks) -> None:
        self._blocks = blocks
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill ``buffer`` as far as one block goes; nothing at the end."""
        if not self._rest:
            self._rest = next(self._blocks, b"")
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        return size


_GZIP = Packing("gzip", _inflated(_ANY_HEADER), sure=True)
_ZSTD = Packing("zstd", _unzstd, sure=True)
_SIGNS: tuple[tuple[tuple[bytes, ...], Packing], ...] = (
    ((b"\x1f\x8b\x08", b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"), _GZIP),
    ((b"\x28\xb5\x2f\xfd",), _ZSTD),
)
# Brotli and bare deflate have no sign: what does not unpack is not one of them.
_UNSIGNED = (
    Packing("brotli", _unbrotli, sure=False),
    Packing("deflate", _inflated(_NO_HEADER), sure=False),
)
