"""``runner worker``: what it tells those who keep it running."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from typing import TYPE_CHECKING

from tests.cli.conftest import EXECUTABLE
from tests.standins.processes import started

if TYPE_CHECKING:
    from pathlib import Path


def test_its_log_is_json_and_its_file_lives_as_long_as_it_does(
    environment: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "pulse"
    with started(
        [EXECUTABLE, "worker", "--health-file", file, "--no-input"],
        env=environment,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
    ) as worker:
        assert worker.stderr is not None
        began = json.loads(worker.stderr.readline())
        ends = time.monotonic() + 60
        while not file.exists() and time.monotonic() < ends:
            time.sleep(0.05)
        assert file.exists()
        worker.send_signal(signal.SIGTERM)
        drains = json.loads(worker.stderr.readline())
        assert worker.wait(60) == 0
    assert (began["event"], began["level"]) == ("worker_began", "info")
    assert (drains["event"], drains["seconds"]) == ("worker_drains", 30.0)
    assert not file.exists()


def test_people_read_words(environment: dict[str, str], tmp_path: Path) -> None:
    with started(
        [EXECUTABLE, "worker", "--log-format", "text", "--no-input"],
        env=environment,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
    ) as worker:
        assert worker.stderr is not None
        assert "up to 1 run(s) at a time" in worker.stderr.readline()
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(60) == 0
