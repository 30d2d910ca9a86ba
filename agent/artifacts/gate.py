"""The last look: re-open what is about to be kept and search it with code of its own.

The gate shares nothing with the cleaner: its decoders and its matcher (``vault.needles``) are
written anew, so that one mistake is not made twice. It only says yes or no.
"""

from __future__ import annotations

import binascii
import hashlib
import io
import re
import time
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.artifacts.decoders import layers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agent.vault.needles import Needles

DEEPEST = 3
_PICTURE = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"RIFF")
_MEMBER = re.compile(
    r"trace\d{0,3}\.(?:trace|network|stacks)|resources/r\d{6}\.(?:html|css|json|jsonl|txt|xml)"
    r"|screencast/f\d{6}\.jpeg"
)
_DATA_JPEG = re.compile(rb"data:image/jpeg;base64,([A-Za-z0-9+/=]+)")
_JPEG_METADATA = (0xE1, 0xE2, 0xED, 0xEE, 0xFE)


@dataclass(frozen=True, slots=True)
class Hit:
    """One reason to withhold: a value of ``label`` at ``member``, or a ``rule`` broken there."""

    member: str
    label: str = ""
    rule: str = "a value was found"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one inspection may use; ``pictures`` are the SHA-256 digests the camera vouches for.

    ``foreign`` is a file a site sent: an archive in it is searched, but made by others.
    """

    pictures: frozenset[str] = frozenset()
    seconds: float = 60.0
    size: int = 256 * 1024 * 1024
    foreign: bool = False


def inspect(path: Path, needles: Needles, limits: Limits | None = None) -> tuple[Hit, ...]:
    """Every reason not to keep the file at ``path``; empty when there is none."""
    return tuple(_Inspection(needles, limits or Limits()).hits(path))


class _Inspection:
    """One look at one file."""

    def __init__(self, needles: Needles, limits: Limits) -> None:
        self._needles = needles
        self._limits = limits
        self._ends = time.monotonic() + limits.seconds

    def hits(self, path: Path) -> Iterator[Hit]:
        if path.stat().st_size > self._limits.size:
            yield Hit(path.name, rule="larger than can be inspected")
            return
        content = path.read_bytes()
        if content[:2] == b"PK" and not self._limits.foreign:
            yield from self._zip(content)
        else:
            yield from self._member(path.name, content)

    def _zip(self, content: bytes) -> Iterator[Hit]:
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                entries = archive.infolist()
                if sum(entry.file_size for entry in entries) > self._limits.size:
                    yield Hit("", rule="larger than can be inspected")
                    return
                if archive.comment:
                    yield Hit("", rule="the zip has a comment")
                for number, entry in enumerate(entries, start=1):
                    yield from self._entry(number, entry, archive.read(entry))
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError):
            yield Hit("", rule="not a readable zip")

    def _entry(self, number: int, entry: zipfile.ZipInfo, content: bytes) -> Iterator[Hit]:
        named = _MEMBER.fullmatch(entry.filename) is not None
        place = entry.filename if named else f"member {number}"
        if not named:
            yield Hit(place, rule="a member's name is not one we give")
        if entry.comment or entry.extra:
            yield Hit(place, rule="a member carries a comment or extra field")
        yield from self._member(place, content)

    def _member(self, name: str, content: bytes) -> Iterator[Hit]:
        if content.startswith(_PICTURE) or name.endswith((".jpeg", ".jpg", ".png")):
            yield from self._picture(name, content)
            return
        inlined = _DATA_JPEG.findall(content)
        if inlined:
            yield from self._inlined(name, inlined)
            content = _DATA_JPEG.sub(b"", content)
        for label in sorted(self._labels(content)):
            yield Hit(name, label)
        if time.monotonic() > self._ends:
            yield Hit(name, rule="takes longer than an inspection may")

    def _inlined(self, name: str, pictures: list[bytes]) -> Iterator[Hit]:
        for encoded in pictures:
            yield from self._picture(name, binascii.a2b_base64(encoded))

    def _picture(self, name: str, content: bytes) -> Iterator[Hit]:
        if hashlib.sha256(content).hexdigest() not in self._limits.pictures:
            yield Hit(name, rule="a picture that is not from the camera")
        elif _has_metadata(content):
            yield Hit(name, rule="a picture with metadata")

    def _labels(self, content: bytes) -> frozenset[str]:
        """Labels found in any layering of decodings, each distinct layer looked at once."""
        seen: set[bytes] = set()
        found: frozenset[str] = frozenset()
        waiting = [(content, 0)]
        while waiting and time.monotonic() <= self._ends:
            layer, depth = waiting.pop()
            digest = hashlib.sha256(layer).digest()
            if digest in seen:
                continue
            seen.add(digest)
            found |= self._needles.labels_in(layer)
            if depth < DEEPEST:
                waiting.extend((below, depth + 1) for below in layers(layer))
        return found


def _has_metadata(jpeg: bytes) -> bool:
    """Whether a JPEG has application or comment segments, or bytes after its end."""
    at = 2
    while at + 4 <= len(jpeg) and jpeg[at] == 0xFF and jpeg[at + 1] != 0xDA:
        if jpeg[at + 1] in _JPEG_METADATA:
            return True
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    return not jpeg.endswith(b"\xff\xd9")
