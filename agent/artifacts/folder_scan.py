"""Look through files and folders of any origin with the gate's eye, file by file."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agent.artifacts.scanning import Hit, Limits, Scan

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agent.vault.needles import Needles

_KINDS = {
    ".har": "HAR", ".html": "page", ".htm": "page", ".json": "JSON", ".log": "log", ".txt": "text",
    ".xml": "XML", ".webm": "video", ".mp4": "video", ".avi": "video", ".db": "database",
    ".zip": "archive",
} | dict.fromkeys((".jpeg", ".jpg", ".png", ".gif", ".webp", ".bmp"), "picture")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """A hit in a file: ``path`` may itself be masked, ``kind`` is what the file seems to be."""

    path: str
    kind: str
    hit: Hit


@dataclass(slots=True)
class FolderScan:
    """Looks at every file below some paths; ``files`` and ``size`` count what was looked at.

    ``limits`` are for each file.
    """

    needles: Needles
    limits: Limits
    files: int = 0
    size: int = 0

    def places(self, paths: Sequence[Path]) -> Iterator[Place]:
        """Yield every hit, names of files included; links are not followed."""
        for path in paths:
            for file in _files(path):
                yield from self._file(file)

    def _file(self, path: Path) -> Iterator[Place]:
        scan = Scan(self.needles, self.limits)
        self.files += 1
        in_name = scan.labels(os.fsencode(path))
        shown = f"file {self.files} of {path.parent}" if in_name else str(path)
        if in_name and scan.labels(shown.encode()):
            shown = f"file {self.files}"
        kind = _kind(path)
        for label in sorted(in_name):
            yield Place(shown, kind, Hit("", label, "a value was found in the file's name"))
        try:
            status = path.lstat()
            if not stat.S_ISREG(status.st_mode):
                return
            self.size += status.st_size
            with path.open("rb") as file:
                for hit in scan.file(file, ""):
                    yield Place(shown, kind, hit)
        except OSError as error:
            yield Place(shown, kind, Hit("", rule=f"cannot be read: {error.strerror}"))


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir() or path.is_symlink():
        yield path
        return
    for folder, names, files in os.walk(path):
        names.sort()
        yield from (Path(folder, name) for name in sorted(files))


def _kind(path: Path) -> str:
    if path.name == "trace.zip" or path.suffix == ".trace":
        return "trace"
    return _KINDS.get(path.suffix.lower(), "file")
