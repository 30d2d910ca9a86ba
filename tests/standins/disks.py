"""A small disk of a test's own, which can be filled: a tmpfs, where mounting is allowed."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MEGABYTE: Final = 1024 * 1024
_FILLER: Final = "filler"
NO_MEMORY: Final = (
    "unshare", "--mount", "sh", "-c",
    'mount -t tmpfs -o size=1m tmpfs /dev/shm && exec "$@"', "sh",
)  # fmt: skip
"""Starts a program on a machine that has no room in ``/dev/shm``."""


@dataclass(frozen=True, slots=True)
class Disk:
    """A mounted disk."""

    path: Path

    def fill(self, free: int = 0) -> None:
        """Write until so many bytes are free."""
        with (self.path / _FILLER).open("wb", buffering=0) as file, suppress(OSError):
            left = os.statvfs(self.path)
            file.write(bytes(max(0, left.f_bavail * left.f_frsize - free)))
            while not free:
                file.write(bytes(4096))

    def clear(self) -> None:
        """Give the room back."""
        (self.path / _FILLER).unlink()


def may_mount() -> bool:
    """Tell whether this machine lets tests mount a disk."""
    if os.getuid() != 0:
        return False
    tried = subprocess.run([*NO_MEMORY, "true"], check=False, capture_output=True)
    return tried.returncode == 0


@contextmanager
def small_disk(path: Path, megabytes: int) -> Iterator[Disk]:
    """Mount an empty disk of a size at a path, made if absent."""
    path.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", path]
    subprocess.run(mount, check=True)
    try:
        yield Disk(path)
    finally:
        subprocess.run(["umount", "--lazy", path], check=True)
