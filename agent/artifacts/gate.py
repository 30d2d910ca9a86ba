"""The last look: re-open what is about to be kept and search it with code of its own.

The gate shares nothing with the cleaner: its decoders and its matcher (``vault.needles``) are
written anew, so that one mistake is not made twice. It only says yes or no.
"""

from __future__ import annotations

import binascii
import hashlib
import re
import zipfile
from functools import partial
from typing import TYPE_CHECKING

from agent.artifacts.hits import Hit, Limits
from agent.artifacts.ocr import SIGNS
from agent.artifacts.scanning import OverLimit, Scan

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agent.vault.needles import Needles

__all__ = ["Hit", "Limits", "inspect"]

_MEMBER = re.compile(
    r"trace\d{0,3}\.(?:trace|network|stacks)|har\.har"
    r"|resources/r\d{6}\.(?:html|css|json|jsonl|txt|xml|js)|screencast/f\d{6}\.jpeg"
)
_DATA_JPEG = re.compile(rb"data:image/jpeg;base64,([A-Za-z0-9+/=]+)")
_JPEG_METADATA = (0xE1, 0xE2, 0xED, 0xEE, 0xFE)
_SIGN = 16
_LARGEST_PAGE = 64 * 1024 * 1024


def inspect(path: Path, needles: Needles, limits: Limits | None = None) -> tuple[Hit, ...]:
    """Every reason not to keep the file at ``path``; empty when there is none."""
    allowed = limits or Limits()
    # What a site's archive shows in pictures is searched like any bytes: none is of the camera.
    judge = None if allowed.foreign else partial(_picture, allowed.pictures)
    scan = Scan(needles, allowed, judge)
    return tuple(_reasons(path, scan, allowed))


def _reasons(path: Path, scan: Scan, limits: Limits) -> Iterator[Hit]:
    if path.stat().st_size > limits.size:
        yield Hit(path.name, rule="larger than can be inspected")
        return
    with path.open("rb") as file:
        start = file.read(2)
        if limits.foreign:
            if _is_picture(start + file.read(_SIGN)):
                yield Hit(path.name, rule="a picture that is not from the camera")
            yield from scan.file(file, path.name)
        elif start == b"PK":
            yield from _unexpected(path)
            yield from scan.file(file, "")
        elif path.suffix == ".html":
            yield from _page(path, scan)
        else:
            yield from scan.file(file, path.name)


def _unexpected(path: Path) -> Iterator[Hit]:
    """Names, comments and fields of a zip that the cleaner does not give."""
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.comment:
                yield Hit("", rule="the zip has a comment")
            for number, entry in enumerate(archive.infolist(), start=1):
                named = _MEMBER.fullmatch(entry.filename) is not None
                place = entry.filename if named else f"member {number}"
                if not named:
                    yield Hit(place, rule="a member's name is not one we give")
                if entry.comment or entry.extra:
                    yield Hit(place, rule="a member carries a comment or extra field")
    except (zipfile.BadZipFile, OSError, NotImplementedError):
        yield Hit("", rule="not a readable zip")


def _page(path: Path, scan: Scan) -> Iterator[Hit]:
    """A page of ours: the pictures in it are held to the rules of pictures."""
    if path.stat().st_size > _LARGEST_PAGE:
        yield Hit(path.name, rule="larger than can be inspected")
        return
    content = path.read_bytes()
    try:
        for encoded in _DATA_JPEG.findall(content):
            yield from scan.picture(path.name, binascii.a2b_base64(encoded))
        yield from scan.stream(iter((_DATA_JPEG.sub(b"", content),)), path.name)
    except (OverLimit, binascii.Error) as error:
        yield Hit(path.name, rule=str(error))


def _picture(known: frozenset[str], member: str, content: bytes) -> Iterator[Hit]:
    if hashlib.sha256(content).hexdigest() not in known:
        yield Hit(member, rule="a picture that is not from the camera")
    elif _has_more(content):
        yield Hit(member, rule="a picture with metadata")


def _is_picture(head: bytes) -> bool:
    # A text may begin with BM too; a bitmap goes on with its size and four zeros.
    return head.startswith(SIGNS) and (head[:2] != b"BM" or head[6:10] == bytes(4))


def _has_more(picture: bytes) -> bool:
    """Whether a picture holds more than what it shows."""
    if picture.startswith(b"RIFF"):
        size = int.from_bytes(picture[16:20], "little")
        return picture[8:16] != b"WEBPVP8 " or len(picture) != 20 + size + size % 2
    return _has_metadata(picture)


def _has_metadata(jpeg: bytes) -> bool:
    """Whether a JPEG has application or comment segments, or bytes after its end."""
    at = 2
    while at + 4 <= len(jpeg) and jpeg[at] == 0xFF and jpeg[at + 1] != 0xDA:
        if jpeg[at + 1] in _JPEG_METADATA:
            return True
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    return not jpeg.endswith(b"\xff\xd9")
