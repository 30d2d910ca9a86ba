"""What a test starts ends with it, also where the test fails."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from tests.standins.processes import kill_workers_of, started

STUBBORN = """
import signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
signal.pause()
"""
WAITS = "import signal; print(flush=True); signal.pause()"


def has_ended(pinned: int, within: float = 30.0) -> bool:
    return bool(select.select([pinned], [], [], within)[0])


def test_a_program_that_does_not_end_when_asked_is_killed_with_what_it_started() -> None:
    pinned = []

    def fail() -> None:
        words = [sys.executable, "-c", STUBBORN]
        with started(words, limit=0.1, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            child = int(process.stdout.readline())
            pinned.extend(os.pidfd_open(pid) for pid in (process.pid, child))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert [has_ended(one) for one in pinned] == [True, True]
    for one in pinned:
        os.close(one)


def test_workers_of_a_folder_are_killed_and_those_of_another_are_not() -> None:
    words = [sys.executable, "-c", WAITS, "worker"]
    homes = ("/nowhere/mine", "/nowhere/mine-too")
    environments = [os.environ | {"RUNNER_HOME": home} for home in homes]
    how = {"stdout": subprocess.PIPE}
    mine, other = (started(words, env=environ, **how) for environ in environments)
    with mine as killed, other as left:
        for one in (killed, left):
            assert one.stdout is not None
            one.stdout.readline()
        kill_workers_of(Path("/nowhere/mine"))
        assert killed.wait(30) == -9
        assert left.poll() is None
