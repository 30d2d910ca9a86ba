"""A run at the terminal that waits for a person at the server's pages, and who asks about it."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from fixtures.login_site.serving import running_site
from tests.cli.conftest import EXECUTABLE
from tests.standins.processes import started

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Call

pytestmark = pytest.mark.browser


def test_a_run_that_waits_says_so_and_where_to_go(
    call: Call,
    stored: Callable[..., Any],
    task_file: Callable[..., Path],
    environment: dict[str, str],
    tmp_path: Path,
) -> None:
    stored(origin="https://hotel.example", username="ann", password="CANARY-pw-1")
    with running_site() as site:
        goto = {"type": "goto", "url": f"{site.origin}/humans/gate"}
        pause = {"type": "pause", "message": "Please solve the puzzle."}
        task = task_file(slots={}, steps=[goto, pause])
        command = [EXECUTABLE, "run", str(task), "--no-input", "--wait-for-person", "60"]
        with started(command, stderr=subprocess.PIPE, env=environment, cwd=tmp_path) as running:
            assert running.stderr is not None
            needed = next(line for line in running.stderr if "a person is needed" in line)
            run = needed.partition("of run ")[2].partition(":")[0]
            said = call("runs", "show", run)
            assert "s more: Please solve the puzzle." in said.err
            assert f"take it over: /runs/{run} on the dashboard" in said.err
            told = call("runs", "show", run, "--json").document["needs_person"]
            assert (told["why"], told["held_by"]) == ("pause", None)
            assert call("runs", "cancel", run).code == 0
            running.stderr.read()
        assert running.returncode == 130
        assert "needs_person" not in call("runs", "show", run, "--json").document
