"""``runner runs prune``, ``push`` and ``diff`` as a user types them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.runs.report import Report, StepReport
from agent.runs.states import State
from agent.settings import Settings
from agent.wiring import build

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Call


@pytest.fixture
def runs(environment: dict[str, str], tmp_path: Path) -> list[str]:
    """Three runs of one task, the oldest first; the last one failed."""
    store = build(Settings.load({"RUNNER_HOME": environment["RUNNER_HOME"]}, tmp_path)).store
    made = []
    for status in ("passed", "passed", "failed"):
        run = store.add("guests", '{"steps": []}')
        claim = store.claim(run.id, "elsewhere:1:1:1:1")
        assert claim is not None
        step = StepReport(0, "click", "click “Guests”", status, status, 1.0, "1")
        report = Report(run.id, "guests", "succeeded", "passed", (step,))
        store.finish(claim, State.SUCCEEDED, "passed", report.to_json())
        made.append(run.id)
    return made


def test_old_runs_go_and_what_goes_is_said_before(
    call: Call, runs: list[str], tmp_path: Path
) -> None:
    assert "what is to be kept?" in call("runs", "prune").fails_in_one_line(2)
    assert "no age" in call("runs", "prune", "--older", "old").fails_in_one_line(2)
    said = call("runs", "prune", "--keep", "2", "--dry-run", "--json")
    assert [run["id"] for run in said.document["gone"]] == [runs[0]]
    assert len(call("runs", "list", "--json").document) == 3
    (tmp_path / "playwright.config").write_text("[runs]\nkeep = 1\nolder = '30d'\n")
    assert "0 runs gone" in call("runs", "prune").err
    gone = call("runs", "prune", "--keep", "1")
    assert (gone.code, gone.err) == (0, "2 runs gone\n")
    assert runs[0] in gone.out
    assert [run["run_id"] for run in call("runs", "list", "--json").document] == [runs[2]]


def test_two_runs_are_the_same_or_end_with_8(call: Call, runs: list[str], tmp_path: Path) -> None:
    same = call("diff", runs[0], runs[1])
    assert (same.code, same.out) == (0, "")
    assert "nothing differs" in same.err
    parted = call("diff", runs[0], runs[2], "--json", "--html", "diff.html")
    assert parted.code == 8
    assert parted.document["same"] is False
    assert parted.document["differences"][0]["first"] == "passed"
    assert "click “Guests”" in (tmp_path / "diff.html").read_text("utf-8")
    told = call("diff", runs[0], runs[2])
    assert told.out == "steps: click “Guests”\n  - passed\n  + failed\n"
    assert "they part: step 1, click “Guests”" in told.err
    assert call("diff", runs[0], "nothing").code == 2


def test_a_push_with_nothing_to_bring_says_so(call: Call) -> None:
    assert call("runs", "push").err == "0 runs delivered, 0 waiting\n"
    pushed = call("runs", "push", "--json")
    assert pushed.document == {"delivered": [], "waiting": [], "why": ""}
