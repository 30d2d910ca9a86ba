"""Text of any program: its log, its output, its error. Of any length, in bounded memory."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from agent.artifacts.artifact import Refused
from agent.artifacts.growing import without_growing
from agent.artifacts.sensitive import CUT
from agent.artifacts.text_stream import redacted
from agent.artifacts.urls import clean_urls_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agent.artifacts.cleaning import Cleaning
    from agent.artifacts.raw import RawArtifact

_BLOCK = 256 * 1024
_NOT_TEXT = re.compile(rb"[\x00-\x06\x0e-\x1a\x1c-\x1f]")
# What programs print of a request's head, of a form, and of what they type.
_HEADER = re.compile(
    r"\b((?:proxy-)?authorization|set-cookie|cookie|x-(?:api-key|auth-token|csrf-token|xsrf-token))"
    r"([\"']?\s*[:=]\s*[\"']?)[^\r\n\"']+",
    re.IGNORECASE,
)
_TYPED = re.compile(r"\b(fill|type|press|pressSequentially|insertText)\((\"|')(?:[^\"'\r\n]+)\2\)")


class LogKind:
    """The cleaner of text: known values, addresses, headers that carry a session, typed text."""

    def clean(self, raw: RawArtifact, cleaning: Cleaning) -> Path:
        """Write the clean text; ``Refused`` when it is not text."""
        cleaning.budget.check_size(raw.path.stat().st_size)
        target = cleaning.workspace / "clean.log"
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with raw.path.open("rb") as source, os.fdopen(descriptor, "wb") as out:
            blocks = _text(iter(lambda: source.read(_BLOCK), b""))
            redactor = cleaning.secrets.redactor
            for part in without_growing(redacted(blocks, redactor), redactor):
                cleaning.budget.check_time(raw.name)
                out.write(_by_place(part))
        return target


def _text(blocks: Iterator[bytes]) -> Iterator[bytes]:
    for block in blocks:
        if _NOT_TEXT.search(block):
            raise Refused("not text")
        yield block


def _by_place(part: bytes) -> bytes:
    try:
        text = part.decode("utf-8")
    except UnicodeDecodeError:
        return part
    text = _HEADER.sub(rf"\1\2{CUT}", clean_urls_in(text))
    return _TYPED.sub(rf"\1({CUT})", text).encode()
