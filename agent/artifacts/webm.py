"""Put VP8 key frames one after the other into a WebM file that any browser plays.

Matroska (RFC 9559) in its WebM subset: one video track, the index before the pictures, one picture
a cluster. Nothing in it tells of the machine, the hour or the page.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from agent.artifacts.artifact import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_MAKER = b"slotrunner"
_TICK_NANOSECONDS = 1_000_000
_KEY_FRAME = b"\x81\x00\x00\x80"  # track 1, at its cluster's time, to be shown
_RIFF_HEAD = 20
_TIME, _POSITION = 8, 8


@dataclass(frozen=True, slots=True)
class Reel:
    """What a film is made of: WebP files, each with the millisecond it is shown from.

    ``size`` is width and height in pixels; ``length`` is in milliseconds.
    """

    stills: Sequence[tuple[int, Path]]
    size: tuple[int, int]
    length: int


def write_webm(target: Path, reel: Reel) -> None:
    """Write the film, readable by its owner alone. ``Refused`` where a still is no plain WebP."""
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(_element(0x1A45DFA3, *_head()))
        _write_segment(file, reel)


def key_frame(webp: bytes) -> bytes:
    """The VP8 frame inside a lossy WebP that holds nothing else."""
    size = int.from_bytes(webp[16:20], "little")
    whole = webp[:4] == b"RIFF" and webp[8:16] == b"WEBPVP8 "
    if not whole or len(webp) != _RIFF_HEAD + size + size % 2:
        raise Refused("a picture of the film is not one that the camera writes")
    return webp[_RIFF_HEAD : _RIFF_HEAD + size]


def _head() -> Iterator[bytes]:
    for name, number in ((0x4286, 1), (0x42F7, 1), (0x42F2, 4), (0x42F3, 8)):
        yield _element(name, _number(number, 1))
    yield _element(0x4282, b"webm")
    yield _element(0x4287, _number(2, 1))
    yield _element(0x4285, _number(2, 1))


def _write_segment(file: BinaryIO, reel: Reel) -> None:
    width, height = reel.size
    about = (
        _element(0x2AD7B1, _number(_TICK_NANOSECONDS, 4)),
        _element(0x4489, struct.pack(">d", float(reel.length))),
        _element(0x4D80, _MAKER),
        _element(0x5741, _MAKER),
    )
    pixels = (_element(0xB0, _number(width, 2)), _element(0xBA, _number(height, 2)))
    track = (
        _element(0xD7, _number(1, 1)),
        _element(0x73C5, _number(1, 1)),
        _element(0x9C, _number(0, 1)),
        _element(0x86, b"V_VP8"),
        _element(0x83, _number(1, 1)),
        _element(0xE0, *pixels),
    )
    front = _element(0x1549A966, *about) + _element(0x1654AE6B, _element(0xAE, *track))
    clusters = [(at, path, _cluster_size(path)) for at, path in reel.stills]
    index_size = len(_index([(at, 0) for at, _, _ in clusters]))
    position, places = len(front) + index_size, []
    for at, _, size in clusters:
        places.append((at, position))
        position += size
    file.write(_element_head(0x18538067, position) + front + _index(places))
    for at, path, _ in clusters:
        file.write(_cluster(at, key_frame(path.read_bytes())))


def _index(places: Sequence[tuple[int, int]]) -> bytes:
    points = []
    for at, position in places:
        found = (
            _element(0xF7, _number(1, 1)),
            _element(0xF1, _number(position, _POSITION)),
        )
        points.append(_element(0xBB, _element(0xB3, _number(at, _TIME)), _element(0xB7, *found)))
    return _element(0x1C53BB6B, *points)


def _cluster(at: int, frame: bytes) -> bytes:
    block = _element(0xA3, _KEY_FRAME, frame)
    return _element(0x1F43B675, _element(0xE7, _number(at, _TIME)), block)


def _cluster_size(path: Path) -> int:
    return len(_cluster(0, key_frame(path.read_bytes())))


def _element(name: int, *parts: bytes) -> bytes:
    return _element_head(name, sum(map(len, parts))) + b"".join(parts)


def _element_head(name: int, size: int) -> bytes:
    """An element's name and its size, always in eight bytes so that places can be reckoned."""
    return name.to_bytes((name.bit_length() + 7) // 8) + ((1 << 56) | size).to_bytes(8)


def _number(value: int, size: int) -> bytes:
    return value.to_bytes(size)
