"""The page of a run: the one it left, or one of its record; none that was withheld."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from agent.errors import ArtifactWithheld, NotAllowed, UsageError
from agent.runner.left import Left
from agent.runs.report import ArtifactLine, Report
from agent.runs.states import State
from agent.settings import Settings
from agent.vault.policy import Actor
from agent.wiring import build

if TYPE_CHECKING:
    from pathlib import Path

    from agent.runner import Runner


@dataclass
class Bench:
    """A runner whose runs end as they are told."""

    runner: Runner
    folder: Path

    def run(self, *lines: ArtifactLine) -> str:
        run = self.runner.store.add("guests <1>", "{}")
        claim = self.runner.store.claim(run.id, "elsewhere:1:1:1:1")
        assert claim is not None
        report = Report(run.id, run.task, "succeeded", "passed", artifacts=lines)
        self.runner.store.finish(claim, State.SUCCEEDED, "passed", report.to_json())
        return run.id


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    environ = {"RUNNER_HOME": str(tmp_path / "h"), "RUNNER_KEY_FILE": str(tmp_path / "k")}
    return Bench(build(Settings.load(environ, tmp_path)), tmp_path)


def test_the_page_that_was_kept_is_given_as_it_is(bench: Bench) -> None:
    path = bench.folder / "report.html"
    path.write_text("<p>kept")
    run = bench.run(
        ArtifactLine("report", str(bench.folder / "report.json"), "kept"),
        ArtifactLine("report", str(path), "kept"),
    )
    assert bench.runner.left.page(run) == "<p>kept"
    path.unlink()
    with pytest.raises(UsageError, match="is gone"):
        bench.runner.left.page(run)


def test_a_page_that_was_withheld_is_not_made_anew(bench: Bench) -> None:
    note = str(bench.folder / "report.html.withheld.json")
    run = bench.run(ArtifactLine("report", note, "withheld", "the gate: a value (LOGIN.password)"))
    with pytest.raises(ArtifactWithheld, match="the gate: a value"):
        bench.runner.left.page(run)


def test_a_run_that_could_leave_no_page_has_one_of_its_record(bench: Bench) -> None:
    run = bench.runner.store.add("guests <1>", "{}")
    page = bench.runner.left.page(run.id[:8])
    assert "guests &lt;1&gt;" in page
    assert "made from its record alone" in page


def test_who_has_no_role_sees_no_page(bench: Bench) -> None:
    nobody = replace(bench.runner.house, actor=Actor("eve", None, "default"))
    with pytest.raises(NotAllowed):
        Left(nobody, bench.runner.left.shelf).page(bench.run())
