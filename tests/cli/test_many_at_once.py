"""``runner run`` over many tasks: at once, on a terminal, and in a repository of GitHub's."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from tests.cli.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Call


@contextmanager
def meeting(people: int) -> Iterator[tuple[str, threading.Barrier]]:
    """Serve pages that answer once ``people`` are waiting together: one alone waits in vain."""
    barrier = threading.Barrier(people, timeout=50)

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                barrier.wait()
            except threading.BrokenBarrierError:
                return
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - its name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", barrier
    finally:
        barrier.abort()
        server.shutdown()
        server.server_close()


def tasks(folder: Path, site: str, names: tuple[str, ...], **more: object) -> Path:
    folder.mkdir()
    step = {"type": "http", "url": f"{site}/", "local": True, "timeout": 60} | more
    for name in names:
        task = {"name": name.title(), "steps": [step]}
        (folder / f"{name}.json").write_text(json.dumps(task, indent=1))
    return folder


def test_as_many_run_at_once_as_there_are_workers(call: Call, tmp_path: Path) -> None:
    with meeting(2) as (site, _):
        folder = tasks(tmp_path / "tasks", site, ("one", "two"))
        said = call("run", folder, "--workers", "2", timeout=120)
    assert said.code == 0, said.everything
    assert "2 of 2 passed" in said.err


def test_one_worker_runs_one_at_a_time(call: Call, tmp_path: Path) -> None:
    with meeting(2) as (site, _):
        folder = tasks(tmp_path / "tasks", site, ("one", "two"), timeout=1)
        said = call("run", folder, timeout=120)
    assert said.code == 1, said.everything
    # The first has given up before the second comes, and is met by nobody.
    assert [line[0] for line in said.err.splitlines()[:2]] == ["✗", "✓"]


def test_a_terminal_shows_what_goes_on_until_it_has_ended(
    environment: dict[str, str], tmp_path: Path
) -> None:
    with meeting(3) as (site, barrier):
        folder = tasks(tmp_path / "tasks", site, ("one", "two"))
        terminal = Terminal(["run", str(folder), "--workers", "2"], environment)
        terminal.wait_for("0 of 2 ended; One: 1 ")
        terminal.wait_for("Two: 1 ")
        barrier.wait()
        assert terminal.end() == 0
    shown = terminal.shown.replace("\x1b[K", "\n").splitlines()
    assert max(len(line) for line in shown if " ended; " in line) < 80
    assert sum(line.startswith("✓ ") for line in shown) == 2
    assert shown[-1] == "2 of 2 passed"


def test_an_annotation_names_the_file_from_the_root_of_the_repository(
    call: Call, tmp_path: Path, environment: dict[str, str]
) -> None:
    environment |= {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(tmp_path)}
    environment["GITHUB_STEP_SUMMARY"] = str(tmp_path / "summary.md")
    folder = tasks(tmp_path / "tasks", "http://127.0.0.1:9", ("one",), timeout=5)
    (folder / "task.schema.json").write_text("{}")  # beside the tasks, and none
    said = call("run", folder, timeout=60)
    assert said.code == 1, said.everything
    lines = (folder / "one.json").read_text().splitlines()
    line = next(number for number, text in enumerate(lines, start=1) if "{" in text and number > 1)
    (told,) = [text for text in said.err.splitlines() if text.startswith("::error ")]
    assert told.startswith(f"::error file=tasks/one.json,line={line},title=One::step 1")
    summary = (tmp_path / "summary.md").read_text().splitlines()
    assert summary[0] == "### 0 of 1 tasks passed"
    (row,) = [text for text in summary if "❌" in text]
    assert f"one.json:{line} | site\\_unreachable |" in row
