"""A file the site sent, or one a step wrote of what it read."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

from agent.artifacts.archive import write_private
from agent.artifacts.artifact import Refused
from agent.artifacts.literal import clean_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agent.artifacts.cleaning import Cleaning
    from agent.artifacts.raw import RawArtifact

# What a picture shows cannot be searched.
LARGEST_STREAM = 64 * 1024 * 1024
_STREAM = re.compile(rb"stream\r?\n")
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"RIFF")


class DownloadKind:
    """The cleaner of files: in text, values are marked; any other file holds none, or is withheld.

    Archives, office documents and PDF are looked into. A picture is withheld: what it shows cannot
    be searched.
    """

    def clean(self, raw: RawArtifact, cleaning: Cleaning) -> Path:
        """Write the file as it may be kept, or raise ``Refused``."""
        cleaning.budget.check_size(raw.path.stat().st_size)
        content = raw.path.read_bytes()
        if content.startswith(_PICTURES):
            raise Refused("a picture that is not from the camera")
        if _is_text(content):
            clean = clean_bytes(content, cleaning.secrets.redactor)
            if clean is None:
                raise Refused("a value stays after cleaning")
            content = clean
        else:
            _require_none(content, cleaning)
        target = cleaning.workspace / f"file{raw.path.suffix}"
        write_private(target, content)
        return target


def _require_none(content: bytes, cleaning: Cleaning) -> None:
    for part in (content, *_streams(content, cleaning)):
        labels = cleaning.secrets.redactor.contains(part)
        if labels:
            raise Refused("a value was found in a file that is no text", label=min(labels))


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


def _is_text(content: bytes) -> bool:
    if b"\0" in content:
        return False
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
