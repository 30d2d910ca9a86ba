"""What a run's failure is told as: it was stopped from outside, or a full disk is behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.browser.room import FULL, DiskFull, blames_disk, disk_full, without_room
from agent.errors import RunInterrupted, RunnerError
from agent.runs.course import told_as

if TYPE_CHECKING:
    import asyncio
    from pathlib import Path

    from agent.runs.course import Course


@dataclass(frozen=True, slots=True)
class Disks:
    """The places one run writes to."""

    places: tuple[Path, ...]

    def told_as(self, error: Exception | asyncio.CancelledError, course: Course) -> RunnerError:
        """Give the error a report tells. Raises ``error`` itself where nobody thought of it."""
        if isinstance(error, Exception) and not isinstance(error, RunnerError):
            full = self._full() or (self.places[0] if blames_disk(error) else None)
            if full is None:
                raise error
            return disk_full(full)
        return told_as(error, course)

    def blame(self, course: Course) -> None:
        """Say of a run that failed on a full disk that it did; a stopped one was stopped."""
        error, full = course.error, self._full()
        if full is None or error is None or isinstance(error, (RunInterrupted, DiskFull)):
            return
        course.error = disk_full(full, error.message)

    def _full(self) -> Path | None:
        return without_room(self.places, FULL)
