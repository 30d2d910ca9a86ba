"""Read a recorded zip within bounds and write one that says nothing about its origin."""

from __future__ import annotations

import os
import time
import zipfile
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from agent.artifacts.artifact import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agent.artifacts.cleaning import Budget

FIXED_DATE = (1980, 1, 1, 0, 0, 0)
PRIVATE_FILE = 0o100600 << 16


class Recording:
    """The members of a recorded zip, each inflated when asked for and never beyond a budget."""

    def __init__(self, archive: zipfile.ZipFile, budget: Budget) -> None:
        self._archive = archive
        self._budget = budget
        entries = archive.infolist()
        budget.check_size(sum(entry.file_size for entry in entries))
        self._sizes = {entry.filename: entry.file_size for entry in entries}

    def names(self, suffix: str = "") -> list[str]:
        """The member names that end with ``suffix``, sorted."""
        return sorted(name for name in self._sizes if name.endswith(suffix))

    def size(self, name: str) -> int:
        """How many bytes a member inflates to."""
        return self._sizes[name]

    def has(self, name: str) -> bool:
        """Whether there is a member of exactly this name."""
        return name in self._sizes

    def read(self, name: str) -> bytes:
        """The inflated bytes of one member; ``Refused`` when it is more than it declares."""
        self._budget.check_time()
        with self._archive.open(name) as member:
            content = member.read(self._sizes[name] + 1)
        if len(content) != self._sizes[name]:
            raise Refused("a member is not as long as the zip says")
        return content

    def open(self, name: str) -> IO[bytes]:
        """Open a member to be read piece by piece; it gives no more bytes than it declares."""
        self._budget.check_time()
        return self._archive.open(name)


@contextmanager
def open_recording(path: Path, budget: Budget) -> Iterator[Recording]:
    """Open a zip for reading; ``Refused`` when it is none."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield Recording(archive, budget)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError):
        raise Refused("the recording is not a readable zip") from None


def write_private(path: Path, content: bytes) -> None:
    """Create ``path`` readable by its owner alone from its first moment; it must not exist yet."""
    with open_private(path) as file:
        file.write(content)


def open_private(path: Path) -> IO[bytes]:
    """Create ``path`` as ``write_private`` does and open it for writing."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


class ZipWriter:
    """Writes members one by one, so that no more than one is held; names are given once each."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def add(self, name: str, content: bytes) -> None:
        """Add a member with the one fixed date; only pictures are not deflated."""
        entry = zipfile.ZipInfo(name, FIXED_DATE)
        entry.external_attr = PRIVATE_FILE
        stored = name.endswith(".jpeg")
        entry.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
        self._archive.writestr(entry, content, compresslevel=None if stored else 1)

    def add_file(self, name: str, path: Path) -> None:
        """Add a private file as a member, piece by piece; the file gets the one date itself."""
        moment = time.mktime((*FIXED_DATE, 0, 0, -1))
        os.utime(path, (moment, moment))
        self._archive.write(path, name, zipfile.ZIP_DEFLATED, compresslevel=1)


@contextmanager
def writing_zip(path: Path) -> Iterator[ZipWriter]:
    """Create a zip readable by its owner alone; it must not exist yet."""
    with open_private(path) as file, zipfile.ZipFile(file, "w") as archive:
        yield ZipWriter(archive)
