"""End the processes that a dead run left behind."""

from __future__ import annotations

import os
import select
import signal
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_PLACES = (b"TMPDIR=", b"HOME=")
_WAIT_SECONDS = 5.0


def end_processes_in(folder: Path) -> int:
    """Kill this user's processes whose ``HOME`` or ``TMPDIR`` lies in ``folder``; count them.

    Waits until they are gone, five seconds each at most. Does nothing where there is no ``/proc``.
    The process id is pinned by a pidfd before its environment is read, so a number that is used
    again by another program is never killed.
    """
    return sum(_end_if_inside(pid, os.fsencode(folder)) for pid in _own_processes())


def _own_processes() -> Iterator[int]:
    with suppress(OSError):
        for entry in os.scandir("/proc"):
            with suppress(OSError):
                if entry.name.isdigit() and entry.stat().st_uid == os.getuid():
                    yield int(entry.name)


def _end_if_inside(pid: int, folder: bytes) -> bool:
    if pid == os.getpid():
        return False
    try:
        pinned = os.pidfd_open(pid)
    except OSError:
        return False
    try:
        if not _lives_in(pid, folder):
            return False
        signal.pidfd_send_signal(pinned, signal.SIGKILL)
        select.select([pinned], [], [], _WAIT_SECONDS)
    except OSError:
        return False
    finally:
        os.close(pinned)
    return True


def _lives_in(pid: int, folder: bytes) -> bool:
    entries = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    values = (entry.partition(b"=")[2] for entry in entries if entry.startswith(_PLACES))
    return any(value == folder or value.startswith(folder + b"/") for value in values)
