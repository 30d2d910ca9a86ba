"""Mark values in a text of any length: piece by piece, none of them cut in two."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agent.vault.redactor import Redactor

_PIECE = 1024 * 1024
# The longest stretch that a value in its widest writing, and a line with it, may take.
_MARGIN = 128 * 1024


def redacted(blocks: Iterable[bytes], redactor: Redactor) -> Iterator[bytes]:
    """Yield the text with a mark for every value; ends of lines stay where they were."""
    waiting = b""
    for block in blocks:
        waiting += block
        while len(waiting) >= _PIECE + _MARGIN:
            done, waiting = _split(waiting, redactor)
            yield redactor.redact(done)
    yield redactor.redact(waiting)


def labels_in(blocks: Iterable[bytes], redactor: Redactor) -> Iterator[str]:
    """Yield the labels of the values that stand in bytes of any length, as they come."""
    waiting = b""
    for block in blocks:
        waiting += block
        if len(waiting) >= _PIECE + _MARGIN:
            yield from (found.label for found in redactor.find(waiting))
            waiting = waiting[-_MARGIN:]
    yield from (found.label for found in redactor.find(waiting))


def is_text(blocks: Iterable[bytes]) -> bool:
    """Whether bytes of any length are UTF-8 without a zero."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for block in blocks:
            decoder.decode(block)
            if b"\0" in block:
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _split(text: bytes, redactor: Redactor) -> tuple[bytes, bytes]:
    """Cut where no value stands: after a line if there is one near, else anywhere."""
    latest = len(text) - _MARGIN
    line = text.rfind(b"\n", latest - _MARGIN, latest)
    cut = line + 1 if line > 0 else latest
    around = max(0, cut - _MARGIN)
    for found in redactor.find(text[around : cut + _MARGIN]):
        if around + found.start < cut < around + found.end:
            cut = around + found.start
    # a piece of nothing would be cut for ever
    return (text[:cut], text[cut:]) if cut > 0 else (text, b"")
