"""Read a WebM file picture by picture: the gate's own reader, which shares nothing with the writer.

Matroska is elements in elements (RFC 8794). What holds others is walked through, pictures are given
one by one, and everything else as bytes to be searched.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST_PICTURE = 64 * 1024 * 1024

# What a film of ours is made of. Names of elements as in RFC 9559, without their marker bits taken.
_HOLDS_OTHERS = {
    0x1A45DFA3: "EBML", 0x18538067: "Segment", 0x1549A966: "Info", 0x1654AE6B: "Tracks",
    0xAE: "TrackEntry", 0xE0: "Video", 0x1C53BB6B: "Cues", 0xBB: "CuePoint",
    0xB7: "CueTrackPositions", 0x1F43B675: "Cluster",
}  # fmt: skip
_OURS = frozenset({
    0x4286, 0x42F7, 0x42F2, 0x42F3, 0x4282, 0x4287, 0x4285, 0x2AD7B1, 0x4489, 0x4D80, 0x5741,
    0xD7, 0x73C5, 0x9C, 0x86, 0x83, 0xB0, 0xBA, 0xB3, 0xF7, 0xF1, 0xE7,
})  # fmt: skip
_FURTHER_HOLDERS = frozenset({0xA0, 0x114D9B74, 0x4DBB, 0x1254C367, 0x7373, 0x67C8, 0x63C0})
_BLOCKS = frozenset({0xA3, 0xA1})
_LARGEST_OTHER = 1024 * 1024
_UNKNOWN_SIZE = (1 << 56) - 1
_KEY_FRAME_SIGN = b"\x9d\x01\x2a"


class Unreadable(Exception):
    """A video that cannot be read to its end; says why."""


class Part(NamedTuple):
    """A picture's VP8 frame, or any other content; ``ours`` where a film of ours has such a one."""

    content: bytes
    picture: bool
    ours: bool


def parts_of(file: IO[bytes]) -> Iterator[Part]:
    """Every part of a WebM file in its order. Raises ``Unreadable``."""
    size = file.seek(0, 2)
    file.seek(0)
    while file.tell() < size:
        name, length = _head(file)
        if name in _HOLDS_OTHERS or name in _FURTHER_HOLDERS:
            if name in _FURTHER_HOLDERS:
                yield Part(b"", picture=False, ours=False)
            continue
        if length == _UNKNOWN_SIZE or file.tell() + length > size:
            raise Unreadable("it is broken")
        if name in _BLOCKS:
            yield _picture(_read(file, length, LARGEST_PICTURE), simple=name == 0xA3)
        else:
            yield Part(_read(file, length, _LARGEST_OTHER), picture=False, ours=name in _OURS)


def as_webp(frame: bytes) -> bytes | None:
    """A key frame as the picture it is; ``None`` for one that only changes another."""
    # RFC 6386, 9.1
    if frame[:1] == b"" or frame[0] & 1 or frame[3:6] != _KEY_FRAME_SIGN:
        return None
    padded = frame + b"\0" * (len(frame) % 2)
    box = b"WEBPVP8 " + len(frame).to_bytes(4, "little") + padded
    return b"RIFF" + len(box).to_bytes(4, "little") + box


def _picture(content: bytes, *, simple: bool) -> Part:
    """Cut the track's number, the time and the flags off a block (RFC 9559, 10.1)."""
    start = _width(content[:1]) + 3
    plain = simple and content[:1] == b"\x81" and content[1:4] == b"\x00\x00\x80"
    return Part(content[start:], picture=True, ours=plain)


def _head(file: IO[bytes]) -> tuple[int, int]:
    first = file.read(1)
    name = first + file.read(_width(first) - 1)
    mark = file.read(1)
    width = _width(mark)
    rest = mark + file.read(width - 1)
    if len(rest) != width:
        raise Unreadable("it is broken")
    value = int.from_bytes(rest) & ((1 << (7 * width)) - 1)
    unknown = value == (1 << (7 * width)) - 1
    return int.from_bytes(name), _UNKNOWN_SIZE if unknown else value


def _width(first: bytes) -> int:
    """How many bytes a number has, by the zeros its first byte begins with (RFC 8794, 4)."""
    if not first or not first[0]:
        raise Unreadable("it is broken")
    return 9 - first[0].bit_length()


def _read(file: IO[bytes], length: int, most: int) -> bytes:
    if length > most:
        raise Unreadable("a part of it is larger than can be inspected")
    return file.read(length)
