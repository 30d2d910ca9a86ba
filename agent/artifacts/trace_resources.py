"""The stored bodies of a recording: cleaned once each, and named by number.

The recorder names a body by the hash of its content, which is an oracle for short secrets; the
viewer follows only the reference, so a running number serves as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.artifacts.bodies import LARGEST_BODY, clean_body, suffix_of

if TYPE_CHECKING:
    from agent.artifacts.archive import Recording, ZipWriter
    from agent.vault.redactor import Redactor

Kept = tuple[str, int]


class Resources:
    """Gives for each recorded body the kept member; its clean bytes go into ``out`` at once."""

    def __init__(self, recording: Recording, redactor: Redactor, out: ZipWriter) -> None:
        self._recording = recording
        self._redactor = redactor
        self._out = out
        self._written = 0
        self._kept: dict[str, Kept | None] = {}

    def keep(self, file: str, media_type: str = "") -> Kept | None:
        """The new name and size of a recorded body, or ``None`` when it may not stay."""
        if file not in self._kept:
            self._kept[file] = self._clean(file, media_type)
        return self._kept[file]

    def kept_file(self, file: str) -> str | None:
        """The new name of a style sheet a snapshot overrides, or ``None``."""
        kept = self.keep(file, "text/css") if file else None
        return kept[0] if kept else None

    def _clean(self, file: str, media_type: str) -> Kept | None:
        suffix = suffix_of(media_type, file)
        if suffix is None or not file or not self._recording.has(file):
            return None
        if self._recording.size(file) > LARGEST_BODY:
            return None
        clean = clean_body(self._recording.read(file), suffix, self._redactor)
        if clean is None:
            return None
        self._written += 1
        name = f"resources/r{self._written:06d}.{suffix}"
        self._out.add(name, clean)
        return name, len(clean)
