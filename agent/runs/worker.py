"""Who carries out a run, in a form another process on the same machine can check.

A worker id is ``host:boot:pids:pid:start``: host name, the kernel's boot id, the PID namespace,
the process id and its start time in clock ticks since boot. ``is_gone`` answers only for workers
of this very boot and PID namespace, where a process id means what it says; a worker elsewhere (or
before a reboot) is judged by its lease alone.
"""

from __future__ import annotations

import os
import platform
from pathlib import Path

PARTS = 5


def this_worker() -> str:
    """Name the calling process."""
    pid = os.getpid()
    start = _stat(pid)[1] if _here() != ("", "") else ""
    return ":".join((platform.node().replace(":", "_"), *_here(), str(pid), start))


def called(worker: str) -> str:
    """Call a worker for people as the list of workers does: its host and its process."""
    parts = worker.split(":")
    return f"{parts[0]}/{parts[3]}" if len(parts) == PARTS else worker


def is_gone(worker: str) -> bool:
    """Tell whether ``worker`` is certainly dead; False also where it cannot be known."""
    parts = worker.split(":")
    if len(parts) != PARTS or "" in parts[1:] or (parts[1], parts[2]) != _here():
        return False
    pid = int(parts[3])
    if not _exists(pid):
        return True
    state, start = _stat(pid)
    # A zombie never acts again; another start time means the number went to another process.
    return state in {"Z", "X"} or (start != "" and start != parts[4])


def _here() -> tuple[str, str]:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return boot, str(Path("/proc/self/ns/pid").stat().st_ino)
    except OSError:
        return "", ""


def _exists(pid: int) -> bool:
    # Signal 0 also answers where /proc hides other users' processes.
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _stat(pid: int) -> tuple[str, str]:
    """Read state letter and start time, proc(5) fields 3 and 22; empty where hidden."""
    try:
        line = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "", ""
    # The second field is the program's name in parentheses and may hold spaces and parentheses.
    fields = line.rpartition(")")[2].split()
    return fields[0], fields[19]
