"""Programs that a test starts, and that end with it also where it fails; ports for servers."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LIMIT = 40.0
"""Seconds for a program that was asked to end: a worker has thirty for its runs."""


@contextmanager
def started(
    command: Sequence[str | Path], *, limit: float = LIMIT, **how: Any
) -> Iterator[subprocess.Popen[str]]:
    """Start a program in a group of its own; however the block is left, none of the group stays."""
    with subprocess.Popen(command, text=True, start_new_session=True, **how) as process:
        try:
            yield process
        finally:
            end(process, limit=limit)


def end(*processes: subprocess.Popen[Any], limit: float = LIMIT) -> None:
    """Ask programs to end, and then end whatever is left of their groups.

    Each leads a group of its own.
    """
    for process in processes:
        process.terminate()
    for process in processes:
        with suppress(subprocess.TimeoutExpired):
            process.wait(limit)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def kill_workers_of(home: Path) -> None:
    """Kill every worker of a data folder, whoever started it."""
    variable = f"RUNNER_HOME={home}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        pid = int(folder.name)
        with suppress(OSError):  # it has ended, or is somebody else's
            given = (folder / "environ").read_bytes().split(b"\0")
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if variable in given and b"worker" in words:
                os.kill(pid, signal.SIGKILL)


def free_ports(count: int = 2) -> list[int]:
    """Pick ports below those that systems hand out, so that nobody gets them meanwhile."""
    wanted = random.SystemRandom().sample(range(20_000, 30_000), 50)
    return [port for port in wanted if _is_free(port)][:count]


def _is_free(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) != 0
