"""A run that is killed, and goes on."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from fixtures.login_site.serving import running_site
from tests.cli.conftest import EXECUTABLE
from tests.standins.processes import started

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Call

pytestmark = pytest.mark.browser


def test_a_killed_run_goes_on_from_its_checkpoint_and_does_nothing_twice(
    call: Call, environment: dict[str, str], tmp_path: Path
) -> None:
    with running_site() as site:
        page = f"{site.origin}/playground"
        steps = [
            {"type": "set", "save_as": "before", "value": ["kept"]},
            {"type": "goto", "url": f"{page}?first", "checkpoint": True},
            {"type": "goto", "url": f"{page}?pay", "once": True},
            {"type": "goto", "url": page},
            {"type": "wait_for", "target": {"text": "never"}, "timeout": 4},
            {"type": "set", "save_as": "after", "value": "${results.before[0]}"},
        ]
        path = tmp_path / "t.json"
        path.write_text(json.dumps({"name": "x", "steps": steps}))
        with started(
            [EXECUTABLE, "run", path, "--no-input", "--tracing", "off"],
            stderr=subprocess.PIPE, env=environment,
        ) as running:  # fmt: skip
            assert running.stderr is not None
            for line in running.stderr:
                if line.startswith("✓  4"):
                    break
            running.kill()
        (run,) = call("runs", "list", "--json").document
        shown = call("runs", "show", run["run_id"]).everything
        assert "interrupted in step " in shown
        # The same page, where that which was waited for has come: the plan is the run's own.
        before = [request.query for request in site.log if request.path == "/playground"]
        said = call("resume", run["run_id"][:8], "--json", timeout=100)
        after = [request.query for request in site.log if request.path == "/playground"]
        again = call("resume", run["run_id"][:8])
    assert (before.count("pay"), after.count("pay")) == (1, 1)
    assert (before.count("first"), after.count("first")) == (1, 2)
    assert said.code == 1, said.everything
    outcomes = [step["outcome"] for step in said.document["steps"]]
    assert outcomes == ["done_before", "passed", "done_before", "passed", "step_failed", "not_run"]
    assert "was resumed already" in again.fails_in_one_line(2)
