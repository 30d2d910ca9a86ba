from __future__ import annotations

import http.client
import re
import signal
import subprocess
import zipfile
from pathlib import Path

from tests.cli.conftest import EXECUTABLE
from tests.standins.processes import started


def members(group: int) -> list[int]:
    """Give the processes whose session is ``group``."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == group and fields[0] != "Z":
            found.append(int(path.parent.name))
    return found


def test_the_viewer_is_served_where_there_is_no_display_and_ends_with_the_command(
    environment: dict[str, str], tmp_path: Path
) -> None:
    trace = tmp_path / "trace.zip"
    with zipfile.ZipFile(trace, "w") as packed:
        packed.writestr("trace.trace", "")
    with started(
        [EXECUTABLE, "show-trace", trace],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    ) as running:
        assert running.stdout is not None
        line = next(line for line in running.stdout if "Listening" in line)
        port = re.search(r"http://127\.0\.0\.1:(\d+)", line)
        assert port is not None
        connection = http.client.HTTPConnection("127.0.0.1", int(port[1]), timeout=30)
        connection.request("GET", "/")
        assert "trace.zip" in (connection.getresponse().getheader("location") or "")
        connection.close()
        (viewer,) = (
            int(pid)
            for pid in Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
        )
        assert members(viewer)
        running.send_signal(signal.SIGTERM)
        running.stdout.read()  # ends when no process holds the other side any more
    assert running.returncode == 130
    assert members(viewer) == []
