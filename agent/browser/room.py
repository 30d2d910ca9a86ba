"""Whether the disks of this machine have room for what runs write, and how their being full shows.

A full disk shows in many ways: a failed write here, a step that fails in the browser, a browser
that falls over. Whatever it was, the run is told what was behind it.
"""

from __future__ import annotations

import errno
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from agent.errors import EnvironmentUnfit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

ENOUGH: Final = 64 * 1024 * 1024
"""Bytes that must be free where a run writes before one is begun."""
FULL: Final = 1024 * 1024
"""Fewer free bytes than this, and what went wrong on that disk went wrong because of it."""
_NUMBERS: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


class DiskFull(EnvironmentUnfit):
    """A disk that a run writes to is full."""

    code = "disk_full"


def without_room(places: Iterable[Path], least: int = ENOUGH) -> Path | None:
    """Give the first place with less than ``least`` bytes free; None where all have room.

    A place that is not there yet will be made in the folder above it.
    """
    for place in places:
        with suppress(OSError):
            if shutil.disk_usage(_standing(place)).free < least:
                return place
    return None


def blames_disk(error: BaseException) -> bool:
    """Tell whether an error, or one behind it, says that a disk is full."""
    return any(
        isinstance(one, DiskFull) or (isinstance(one, OSError) and one.errno in _NUMBERS)
        for one in _behind(error)
    )


def disk_full(place: Path, what: str = "") -> DiskFull:
    """Make the error of a full disk; ``what`` is what went wrong first."""
    told = f": {what}" if what else ""
    return DiskFull(
        f"the disk under {place} is full{told}",
        hint="make room on it (runner runs prune, runner runs push), then run it again",
    )


def _standing(place: Path) -> Path:
    while not place.exists() and place.parent != place:
        place = place.parent
    return place


def _behind(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
