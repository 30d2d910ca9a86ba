from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.settings import Settings
from agent.wiring import build

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Call


@pytest.fixture
def run(environment: dict[str, str], tmp_path: Path) -> str:
    """A run that is queued: it has a record and nothing else."""
    environ = {"RUNNER_HOME": environment["RUNNER_HOME"]}
    runner = build(Settings.load(environ, tmp_path))
    return runner.store.add("guests", '{"steps": []}').id


def test_the_page_is_written_to_a_new_file_and_never_over_another(
    call: Call, run: str, tmp_path: Path
) -> None:
    path = tmp_path / f"report-{run[:8]}.html"
    for _ in range(2):
        said = call("report", run[:4])
        assert (said.code, said.out) == (0, f"{path}\n")
    page = path.read_text("utf-8")
    assert call("report", run, "-o", "-").out == page
    assert path.stat().st_mode & 0o077 == 0
    path.write_text("mine")
    assert "there is such a file already" in call("report", run).fails_in_one_line(2)
    assert path.read_text() == "mine"


def test_opening_it_where_there_is_no_desktop_says_where_it_is(
    call: Call, run: str, tmp_path: Path
) -> None:
    said = call("report", run, "-o", "page.html", "--open")
    assert "no browser could be opened" in said.fails_in_one_line(3)
    assert (tmp_path / "page.html").exists()
    assert str(tmp_path / "page.html") in said.err
