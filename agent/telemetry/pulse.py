"""A file that is touched while a worker lives: what a probe looks at costs no port and no process.

It is touched only after the database has noted the worker: a worker that hangs, or is cut off, lets
it grow old.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agent.telemetry.observer import Observer

if TYPE_CHECKING:
    from pathlib import Path

_TOUCHED: Final = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Pulse(Observer):
    """Touches ``path`` at every beat; ``flush`` removes it, since the worker ends then."""

    path: Path

    def worker_lives(self, running: int, hands: int) -> None:  # noqa: ARG002 - the protocol's
        """Touch the file."""
        descriptor = os.open(self.path, _TOUCHED, 0o644)
        try:
            os.utime(descriptor)
        finally:
            os.close(descriptor)

    def flush(self) -> None:
        """Take the file away."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)
