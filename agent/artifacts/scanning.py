"""Look through any file or folder for values, whatever they are packed in, in bounded memory.

The gate's eye: it reads what is about to be kept, and what ``runner scan`` is pointed at. It shares
no code with the cleaner. Whatever it cannot look into is a hit as well.
"""

from __future__ import annotations

import hashlib
import tempfile
import time
import zipfile
import zlib
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import chain
from typing import IO, TYPE_CHECKING

from agent.artifacts.decoders import TooLarge, layers
from agent.artifacts.hits import Hit, Limits
from agent.artifacts.inflating import LARGEST_BLOCK, Broken, packings_of
from agent.artifacts.ocr import SIGNS, PictureUnread, reader, words_in
from agent.artifacts.picture_bytes import searched
from agent.artifacts.video_scan import UNREAD, WEBM, look_into
from agent.artifacts.windows import windows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from agent.artifacts.inflating import Packing
    from agent.vault.needles import Needles

__all__ = ["Hit", "Limits", "OverLimit", "Scan"]

DEEPEST = 3
_NESTED = 6
_HEAD = 64 * 1024
_LONGEST_PICTURE = 64 * 1024 * 1024
_SECONDS_A_PICTURE = 30.0
_TELLING_LETTERS = 8
_VIDEO = (
    b"\x00\x00\x00\x18ftyp",
    b"\x00\x00\x00\x1cftyp",
    b"\x00\x00\x00\x20ftyp",
)
_BROKEN_ZIP = (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, zlib.error, OSError)


class OverLimit(Exception):
    """An inspection used up what it may use; says what."""


@dataclass(slots=True)
class Scan:
    """One inspection: what is looked for and how much it has used.

    ``on_picture(member, content)`` gives what is wrong with a picture besides what OCR reads in it;
    without it the bytes of pictures are searched like any others.
    """

    needles: Needles
    limits: Limits = field(default_factory=Limits)
    on_picture: Callable[[str, bytes], Iterable[Hit]] | None = None
    _ends: float = field(default=0.0, init=False)
    _read: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._ends = time.monotonic() + self.limits.seconds

    def file(self, file: IO[bytes], member: str, depth: int = 0) -> Iterator[Hit]:
        """Every reason not to keep an open, seekable file; limits that were reached are one."""
        told: set[Hit] = set()
        try:
            for hit in self._file(file, member, depth):
                if hit not in told:
                    told.add(hit)
                    yield hit
        except OverLimit as limit:
            yield Hit(member, rule=str(limit))
        except TooLarge:
            yield Hit(member, rule="what is packed in it is too large to be looked into")

    def stream(self, blocks: Iterator[bytes], member: str, depth: int = 0) -> Iterator[Hit]:
        """Every reason not to keep what a stream of blocks gives; raises as limits are reached."""
        head = _head(blocks)
        blocks = chain((head,), blocks)
        packings = packings_of(head)
        if head[:2] == b"PK" and depth < _NESTED:
            with _spooled(self._counted(blocks)) as file:
                yield from self._file(file, member, depth + 1)
        elif head.startswith(SIGNS):
            yield from self.picture(member, self._whole(blocks))
        elif head.startswith(WEBM):
            yield from self._webm(blocks, member)
        elif packings and depth < _NESTED:
            yield from self._packed(packings, blocks, member, depth)
        else:
            if head.startswith(_VIDEO):
                yield Hit(member, rule=UNREAD)
            yield from self._plain(blocks, member)

    def picture(self, member: str, content: bytes) -> Iterator[Hit]:
        """What is wrong with a picture."""
        if self.on_picture is not None:
            yield from self.on_picture(member, content)
        else:
            for label in sorted(self.labels(searched(content))):
                yield Hit(member, label)
        yield from self.words(member, content)

    def reads_pictures(self) -> bool:
        """Tell whether pictures are read by OCR."""
        return self.limits.read_pictures and reader() is not None

    def words(self, member: str, picture: bytes) -> Iterator[Hit]:
        """What can be read in a picture of what is looked for, where pictures are read at all.

        In the camera's own, where values are painted over, so few letters as misreading makes
        equal to a short value say nothing.
        """
        if not self.reads_pictures():
            return
        try:
            for words in words_in(picture, min(_SECONDS_A_PICTURE, self._left())):
                for label in sorted(self._labels_read(words)):
                    yield Hit(member, label, "a value can be read in the picture")
        except PictureUnread as error:
            yield Hit(member, rule=f"a picture that cannot be read: {error}")

    def _labels_read(self, words: str) -> frozenset[str]:
        if self.on_picture is not None:
            return self.needles.labels_seen(words, least=_TELLING_LETTERS)
        return self.needles.labels_seen(words) | self.needles.labels_in(words.encode())

    def labels(self, content: bytes, *, cut: bool = False) -> frozenset[str]:
        """Labels found in any layering of decodings, each distinct layer looked at once."""
        seen: set[bytes] = set()
        found: frozenset[str] = frozenset()
        waiting = [(content, 0)]
        while waiting:
            self._left()
            layer, depth = waiting.pop()
            digest = hashlib.sha256(layer).digest()
            if digest in seen:
                continue
            seen.add(digest)
            found |= self.needles.labels_in(layer)
            if depth < DEEPEST:
                waiting.extend((each, depth + 1) for each in layers(layer, cut=cut and not depth))
        return found

    def _file(self, file: IO[bytes], member: str, depth: int) -> Iterator[Hit]:
        if zipfile.is_zipfile(file):
            yield from self._zip(file, member, depth)
            return
        file.seek(0)
        if file.read(4) == b"PK\x03\x04":
            yield Hit(member, rule="not a readable zip")
            return
        file.seek(0)
        yield from self.stream(_blocks(file), member, depth)

    def _zip(self, file: IO[bytes], member: str, depth: int) -> Iterator[Hit]:
        try:
            with zipfile.ZipFile(file) as archive:
                for label in sorted(self.labels(archive.comment)):
                    yield Hit(member, label, "a value was found in a comment")
                for number, entry in enumerate(archive.infolist(), start=1):
                    yield from self._entry(archive, entry, (member, number), depth)
        except _BROKEN_ZIP:
            yield Hit(member, rule="not a readable zip")

    def _entry(
        self,
        archive: zipfile.ZipFile,
        entry: zipfile.ZipInfo,
        place: tuple[str, int],
        depth: int,
    ) -> Iterator[Hit]:
        written = entry.filename.encode("utf-8", "surrogateescape")
        named = self.labels(written + b"\n" + entry.comment + b"\n" + entry.extra)
        inside = f"member {place[1]}" if named else entry.filename
        member = f"{place[0]}!{inside}" if place[0] else inside
        for label in sorted(named):
            yield Hit(member, label, "a value was found in a name or comment")
        with archive.open(entry) as content:
            yield from self.stream(_blocks(content), member, depth + 1)

    def _packed(
        self, packings: tuple[Packing, ...], blocks: Iterator[bytes], member: str, depth: int
    ) -> Iterator[Hit]:
        if packings[0].sure:
            try:
                yield from self.stream(_filled(packings[0].unpack(blocks)), member, depth + 1)
            except Broken:
                yield Hit(member, rule="packed, and not to be unpacked to its end")
            return
        # it may as well be something else: so it is also searched as it is
        with _spooled(blocks) as file:
            yield from self._plain(_blocks(file), member)
            for packing in packings:
                file.seek(0)
                with suppress(Broken):
                    unpacked = _filled(packing.unpack(_blocks(file)))
                    yield from self.stream(unpacked, member, depth + 1)

    def _webm(self, blocks: Iterator[bytes], member: str) -> Iterator[Hit]:
        with _spooled(self._counted(blocks)) as file:
            yield from look_into(self, file, member)
            if self.on_picture is None:
                file.seek(0)
                yield from self._plain(_blocks(file), member)

    def _plain(self, blocks: Iterable[bytes], member: str) -> Iterator[Hit]:
        found: set[str] = set()
        for window in windows(self._counted(blocks), self.needles.longest):
            new = self.labels(window.content, cut=window.cut) - found
            found |= new
            for label in sorted(new):
                yield Hit(member, label)

    def _counted(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        for block in blocks:
            self._left()
            self._read += len(block)
            if self._read > self.limits.size:
                raise OverLimit("larger than can be inspected")
            yield block

    def _whole(self, blocks: Iterable[bytes]) -> bytes:
        parts, size = [], 0
        for block in self._counted(blocks):
            size += len(block)
            if size > _LONGEST_PICTURE:
                raise OverLimit("a picture larger than can be inspected")
            parts.append(block)
        return b"".join(parts)

    def _left(self) -> float:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise OverLimit("takes longer than an inspection may")
        return left


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: file.read(LARGEST_BLOCK), b"")


def _filled(blocks: Iterable[bytes]) -> Iterator[bytes]:
    return (block for block in blocks if block)


def _head(blocks: Iterator[bytes]) -> bytes:
    parts, size = [], 0
    for block in blocks:
        parts.append(block)
        size += len(block)
        if size >= _HEAD:
            break
    return b"".join(parts)


@contextmanager
def _spooled(blocks: Iterable[bytes]) -> Iterator[IO[bytes]]:
    """Keep a zip inside something else in a file without a name: it is read out of order."""
    with tempfile.TemporaryFile() as file:
        for block in blocks:
            file.write(block)
        file.seek(0)
        yield file
