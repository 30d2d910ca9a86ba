"""``runner serve``: told where, ended by a signal; nobody else pays for its packages."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.standins.processes import free_ports, started

if TYPE_CHECKING:
    from pathlib import Path

ALONE = """
import sys
import agent.cli.main, agent.wiring
from agent.cli.commands import COMMANDS
for name in COMMANDS:
    COMMANDS[name]
loaded = {"fastapi", "starlette", "uvicorn", "argon2"} & set(sys.modules)
assert not loaded, loaded
"""
WITHOUT = """
import sys
sys.modules["fastapi"] = None
from agent.cli.main import answer
sys.exit(answer(["serve"]))
"""


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_no_command_loads_the_servers_packages() -> None:
    done = python(ALONE)
    assert done.returncode == 0, done.stderr


def test_where_they_are_missing_one_line_says_so() -> None:
    done = python(WITHOUT)
    assert done.returncode == 3
    assert "the server needs the package fastapi" in done.stderr
    assert 'pip install "slotrunner[server]"' in done.stderr


def test_it_tells_the_first_owners_link_and_ends_by_a_signal(tmp_path: Path) -> None:
    port, second = free_ports()
    folders = {name: str(tmp_path) for name in ("RUNNER_HOME", "HOME", "XDG_CONFIG_HOME")}
    where = ["--port", str(port), "--artifacts-port", str(second)]
    program = [sys.executable, "-c", "from agent.cli.main import main; raise SystemExit(main())"]
    with started(
        [*program, "serve", "--no-worker", "--no-input", *where],
        env={"PATH": os.environ["PATH"], **folders},
        stdout=subprocess.PIPE,
    ) as running:
        assert running.stdout is not None
        told = [running.stdout.readline() for _ in range(3)]
        assert told[0] == f"serving http://localhost:{port}\n"
        assert told[2].startswith(f"http://localhost:{port}/welcome#")
        with socket.create_connection(("127.0.0.1", port)) as asked:
            asked.sendall(f"GET /healthz HTTP/1.0\r\nHost: localhost:{port}\r\n\r\n".encode())
            assert asked.makefile("rb").readline().startswith(b"HTTP/1.1 200")
        running.send_signal(signal.SIGTERM)
        assert running.wait(60) == 0
