"""The one folder a run may write to, gone when the run is.

Raw recordings, profiles and downloads hold secrets until they are cleaned. They live in a folder
that only this user can enter, in memory where the machine has ``/dev/shm``, and a lock says that
its owner is alive. After ``kill -9`` the next start finds the lock free and removes what is left.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agent.browser.leftovers import end_processes_in
from agent.browser.room import blames_disk, disk_full
from agent.errors import EnvironmentUnfit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PREFIX = "slotrunner-"
_OURS = re.compile(re.escape(PREFIX) + "[0-9a-f]{16}")  # others may be called alike
MEMORY = Path("/dev/shm")  # noqa: S108  a tmpfs by definition; every entry made there is 0700
ENOUGH_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class PrivateFolder:
    """An existing, locked folder of one run. ``in_memory`` is false where it lies on a disk."""

    path: Path
    in_memory: bool

    @classmethod
    @contextmanager
    def create(cls, root: Path | None = None) -> Iterator[PrivateFolder]:
        """Make the folder, and remove it with all it holds when the block ends, however it ends.

        ``root`` is used where there is no roomy tmpfs; without one the system's temporary folder.
        Raises ``EnvironmentUnfit`` when no place can be written to.
        """
        memory = _roomy(MEMORY)
        parent = MEMORY if memory else (root or Path(tempfile.gettempdir()))
        with _locked_folder(parent) as path:
            yield cls(path, memory)

    def sub(self, name: str) -> Path:
        """Return the sub-folder ``name``, made 0700 on first use."""
        path = self.path / name
        path.mkdir(mode=0o700, exist_ok=True)
        return path


def sweep_abandoned(roots: Sequence[Path] = ()) -> int:
    """Remove every run folder whose owner is gone, and end the processes it left; count them.

    Looks in ``/dev/shm``, the system's temporary folder and ``roots``. A folder is abandoned when
    its lock is free; one that is locked is not touched. The first act of every start.
    """
    places = dict.fromkeys((MEMORY, Path(tempfile.gettempdir()), *roots))
    found = (entry for place in places for entry in _run_folders(place))
    return sum(_remove_if_abandoned(path) for path in found)


def _roomy(place: Path) -> bool:
    if not (place.is_dir() and os.access(place, os.W_OK)):
        return False
    return shutil.disk_usage(place).free >= ENOUGH_BYTES


@contextmanager
def _locked_folder(parent: Path) -> Iterator[Path]:
    path, descriptor = _make_locked(parent)
    try:
        yield path
    finally:
        try:
            _remove(path)
        finally:
            os.close(descriptor)


def _make_locked(parent: Path) -> tuple[Path, int]:
    for _ in range(8):
        path = parent / f"{PREFIX}{secrets.token_hex(8)}"
        try:
            parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.mkdir(mode=0o700)
        except OSError as error:
            if blames_disk(error):
                raise disk_full(parent) from None
            raise EnvironmentUnfit(
                f"no private folder can be made in {parent}: {error.strerror}",
                hint="Set RUNNER_HOME to a folder you can write to.",
            ) from None
        descriptor = _lock(path)
        if descriptor is not None:
            return path, descriptor
    raise EnvironmentUnfit(f"no private folder can be kept in {parent}")


def _lock(path: Path) -> int | None:
    """Lock the folder itself; ``None`` when another holds it or it is no longer there.

    Between ``mkdir`` and the lock a sweep may take the folder for abandoned, so whoever gets the
    lock compares what it locked with what stands at the path now.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(descriptor), path.lstat()):
            return descriptor
    except OSError:
        pass
    os.close(descriptor)
    return None


def _run_folders(place: Path) -> Iterator[Path]:
    with suppress(OSError):
        for entry in os.scandir(place):
            if _OURS.fullmatch(entry.name) and _is_mine(entry):
                yield Path(entry.path)


def _is_mine(entry: os.DirEntry[str]) -> bool:
    with suppress(OSError):
        return (
            entry.is_dir(follow_symlinks=False)
            and entry.stat(follow_symlinks=False).st_uid == os.getuid()
        )
    return False


def _remove_if_abandoned(path: Path) -> bool:
    descriptor = _lock(path)
    if descriptor is None:
        return False
    try:
        end_processes_in(path)
        _remove(path)
    finally:
        os.close(descriptor)
    return True


def _remove(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)
    if path.exists():
        # A process that outlived the browser still writes here.
        end_processes_in(path)
        shutil.rmtree(path, ignore_errors=True)
    if path.exists():
        raise EnvironmentUnfit(
            f"the private folder {path} could not be removed",
            hint=f"It holds unmasked recordings. Remove it: rm -rf {path}",
        )
