"""The last line of a terminal while many tasks run: how far all have come, and what goes on."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from agent.cli.speech import harmless
from agent.runs.watcher import NobodyWatches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.runs.watcher import Watcher

_USUAL_WIDTH = 80
_CLEARED = "\r\x1b[K"


class Live:
    """Shows nothing where standard error is no terminal; ``ended`` counts the tasks that have."""

    def __init__(self, total: int) -> None:
        self.ended = 0
        self._total = total
        self._steps: dict[_Follower, str] = {}

    @contextmanager
    def running(self, name: str) -> Iterator[Watcher]:
        """Name a task while the block runs; its watcher tells which step it is at."""
        follower = _Follower(self, name)
        self.at(follower, name)
        try:
            yield follower
        finally:
            del self._steps[follower]

    def at(self, follower: _Follower, words: str) -> None:
        """Show what a task is doing now."""
        self._steps[follower] = words
        self.show()

    def show(self) -> None:
        """Write the line anew, no longer than the terminal is wide: two lines are not cleared."""
        if sys.stderr.isatty() and self._steps:
            line = f"{self.ended} of {self._total} ended; {', '.join(self._steps.values())}"
            sys.stderr.write(_CLEARED + harmless(line).replace("\n", " ")[: _width() - 1])
            sys.stderr.flush()

    def clear(self) -> None:
        """Make room for a line that stays."""
        if sys.stderr.isatty():
            sys.stderr.write(_CLEARED)


class _Follower(NobodyWatches):
    """Follows one run of many."""

    def __init__(self, live: Live, name: str) -> None:
        self._live = live
        self._name = name

    def step_started(self, index: int, title: str) -> None:
        """Name the step."""
        self._live.at(self, f"{self._name}: {index + 1} {title}")


def _width() -> int:
    with suppress(OSError):
        return os.get_terminal_size(sys.stderr.fileno()).columns or _USUAL_WIDTH
    return _USUAL_WIDTH
