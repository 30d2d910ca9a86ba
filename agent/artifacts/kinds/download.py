"""A file a site sent: text is cleaned, anything else stays only if nothing is in it."""

from __future__ import annotations

import re
import zlib
from codecs import BOM_UTF8
from typing import TYPE_CHECKING

from agent.artifacts.archive import open_private, write_private
from agent.artifacts.artifact import Refused
from agent.artifacts.bodies import LARGEST_BODY, clean_body, suffix_of
from agent.artifacts.literal import clean_bytes
from agent.artifacts.text_stream import is_text, labels_in, redacted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agent.artifacts.cleaning import Cleaning
    from agent.artifacts.raw import RawArtifact

_BLOCK = 256 * 1024
_LONGEST_SIGN = 8
_LARGEST_HELD = 4 * 1024 * 1024
# What is parsed and rewritten by its form, and so has to be held.
_PARSED = frozenset({"html", "css", "json"})
LARGEST_STREAM = 64 * 1024 * 1024
_MEDIA = {"htm": "html", "csv": "txt", "log": "txt", "md": "txt"}
# These have rules of their own where a recording holds them, and are plain text here.
_OURS = frozenset({"jsonl"})
_STREAM = re.compile(rb"stream\r?\n")
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"RIFF")


class DownloadKind:
    """The cleaner of downloads: what a site gives as a file must open as the site made it.

    So a file that is not text is not rewritten: it is kept as it is where no value is found in it,
    streams of a PDF included, and refused otherwise; what is packed in an archive or an office
    document, the gate looks into. A picture is refused: what it shows cannot be searched.
    """

    def clean(self, raw: RawArtifact, cleaning: Cleaning) -> Path:
        """Write the clean file; ``Refused`` when a value is in one that cannot be rewritten."""
        size = raw.path.stat().st_size
        cleaning.budget.check_size(size)
        if size > (LARGEST_BODY if _suffix(raw.name) in _PARSED else _LARGEST_HELD):
            return _large(raw, cleaning)
        content = raw.path.read_bytes()
        if content.startswith(_PICTURES):
            raise Refused("a picture that is not from the camera")
        clean = _cleaned(content, raw.name, cleaning)
        if clean is None:
            _require_none(content, cleaning)
            clean = content
        target = cleaning.workspace / f"download{raw.path.suffix}"
        write_private(target, clean)
        return target


def _large(raw: RawArtifact, cleaning: Cleaning) -> Path:
    """What is too large to be held: text piece by piece; what is packed, the gate looks into."""
    redactor = cleaning.secrets.redactor
    target = cleaning.workspace / f"download{raw.path.suffix}"
    with raw.path.open("rb") as head:
        if head.read(_LONGEST_SIGN).startswith(_PICTURES):
            raise Refused("a picture that is not from the camera")
    is_plain = is_text(_blocks(raw, cleaning))
    if not is_plain:
        for label in labels_in(_blocks(raw, cleaning), redactor):
            raise Refused("a value is in a file that cannot be rewritten", label=label)
    blocks = _blocks(raw, cleaning)
    with open_private(target) as out:
        for part in redacted(blocks, redactor) if is_plain else blocks:
            out.write(part)
    return target


def _blocks(raw: RawArtifact, cleaning: Cleaning) -> Iterator[bytes]:
    with raw.path.open("rb") as source:
        for block in iter(lambda: source.read(_BLOCK), b""):
            cleaning.budget.check_time(raw.name)
            yield block


def _cleaned(content: bytes, name: str, cleaning: Cleaning) -> bytes | None:
    """Clean text by the rules of its form; ``None`` for what is no text."""
    redactor = cleaning.secrets.redactor
    suffix = _suffix(name)
    if suffix is not None and suffix not in _OURS and len(content) <= LARGEST_BODY:
        clean = clean_body(content, suffix, redactor)
        if clean is not None:
            return content if content == BOM_UTF8 + clean else clean
    if not is_text((content,)):
        return None
    clean = clean_bytes(content, redactor)
    if clean is None:
        raise Refused("a value stays after cleaning")
    return clean


def _suffix(name: str) -> str | None:
    last = name.rpartition(".")[2].lower()
    return suffix_of("", f"x.{_MEDIA.get(last, last)}")


def _require_none(content: bytes, cleaning: Cleaning) -> None:
    for part in (content, *_streams(content, cleaning)):
        labels = cleaning.secrets.redactor.contains(part)
        if labels:
            raise Refused("a value is in a file that cannot be rewritten", label=min(labels))


def _streams(content: bytes, cleaning: Cleaning) -> Iterator[bytes]:
    """Inflate the streams of a PDF; other formats have none."""
    if not content.startswith(b"%PDF"):
        return
    for start in _STREAM.finditer(content):
        cleaning.budget.check_time()
        reader = zlib.decompressobj()
        try:
            yield reader.decompress(content[start.end() :], LARGEST_STREAM)
        except zlib.error:
            continue
