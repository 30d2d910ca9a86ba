"""``make scale-demo`` with fewer runs: what it shows, and that nothing of it is left running."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fixtures.postgres import programs
from tests.standins.processes import started

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(programs() is None, reason="PostgreSQL is not installed"),
    pytest.mark.timeout(400),
]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def temporary() -> Iterator[Path]:
    """Give a folder for what is temporary that nobody else's demo is in; sockets are below it."""
    with tempfile.TemporaryDirectory(prefix="sd-") as folder:
        # The database's own user goes through it.
        Path(folder).chmod(0o711)
        yield Path(folder)


def demo_of(runs: int, temporary: Path) -> AbstractContextManager[subprocess.Popen[str]]:
    return started(
        [sys.executable, "-m", "fixtures.scale_demo", str(runs)],
        limit=60,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(temporary)},
    )


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def nothing_is_left(said: str, temporary: Path) -> None:
    """Check that the workers are gone, and the database with its folder."""
    workers = [int(pid) for pid in re.findall(r"process (\d+)", said)]
    assert len(workers) == 2
    assert [pid for pid in workers if alive(pid)] == []
    assert list(temporary.glob("scale-demo-*")) == []


def test_every_run_is_shown_with_its_place_its_wait_and_what_it_left(
    temporary: Path,
) -> None:
    with demo_of(8, temporary) as demo:
        said, _ = demo.communicate(timeout=320)
    assert demo.returncode == 0, said
    rows = re.findall(
        r"^[0-9a-f]{8}  Desk \d  (worker-[12])  .* passed  (\d+) objects$", said, re.M
    )
    assert len(rows) == 8
    assert {where for where, _ in rows} == {"worker-1", "worker-2"}
    assert min(int(left) for _, left in rows) >= 3
    assert "twice at once: none" in said
    nothing_is_left(said, temporary)


def test_ended_by_ctrl_c_it_takes_everything_along(temporary: Path) -> None:
    with demo_of(40, temporary) as demo:
        assert demo.stdout is not None
        lines = []
        while not (lines and lines[-1].startswith("Placing")):
            lines.append(demo.stdout.readline())
            assert lines[-1], lines
        demo.send_signal(signal.SIGINT)
        rest, _ = demo.communicate(timeout=120)
    assert demo.returncode == 130, rest
    nothing_is_left("".join(lines) + rest, temporary)
