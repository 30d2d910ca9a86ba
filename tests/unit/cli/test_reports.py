"""JUnit, annotations and the summary, of runs made up for the purpose."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from agent.cli.annotations import annotate, summarize
from agent.cli.exit_codes import DIFFERENT, MEANINGS, WORST_FIRST, worst
from agent.cli.junit import write_junit
from agent.cli.many import Job
from agent.errors import Problem, SlotUnbound, TaskInvalid
from agent.runs.report import ArtifactLine, ErrorLine, Report, StepReport

if TYPE_CHECKING:
    import pytest

STEPS = (
    StepReport(0, "goto", "open x", "passed", "passed", 0.5, "1"),
    StepReport(1, "if", "if y", "failed", "step_failed", 0.25, "2"),
    StepReport(2, "click", "click z", "failed", "step_failed", 0.2, "2.1"),
    StepReport(3, "close_page", "close", "not_run", "not_run", 0.0, "3"),
)
FAILED = Report(
    "id-1", "T", "failed", "step_failed", STEPS, error=ErrorLine("step_failed", "50%: no\nsuch"),
    artifacts=(ArtifactLine("trace", "/t/trace.zip", "kept"),), seconds=1.5,
)  # fmt: skip


def job(report: Report, path: str = "tasks/a,b.json", line: int = 7) -> Job:
    return Job(Path(path), report=report, line=line)


def test_each_step_of_the_task_is_a_case(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "junit.xml"
    write_junit(path, [job(FAILED), job(Report("id-2", "U", "succeeded", "passed"))])
    suites = ElementTree.parse(path).getroot()  # noqa: S314 - written by ourselves
    assert suites.attrib == {
        "name": "slotrunner", "tests": "4", "failures": "1", "errors": "0", "skipped": "1",
        "time": "1.500",
    }  # fmt: skip
    cases = [(case.get("name"), [one.tag for one in case]) for case in suites.iter("testcase")]
    assert cases == [
        ("1 open x", []),
        ("2 if y", ["failure"]),
        ("3 close", ["skipped"]),
        ("the run", []),
    ]


def test_a_text_that_xml_cannot_hold_is_written_all_the_same(tmp_path: Path) -> None:
    step = StepReport(0, "goto", "a\x00\x1b\ud800<&", "passed", "passed", 0.1, "1")
    write_junit(tmp_path / "j.xml", [job(Report("1", "T", "succeeded", "passed", (step,)))])
    (case,) = ElementTree.parse(tmp_path / "j.xml").getroot().iter("testcase")  # noqa: S314 - ours
    assert case.get("name") == "1 a\ufffd\ufffd\ufffd<&"


def test_github_hears_of_failures_and_of_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    jobs = [job(FAILED), job(Report("2", "U", "succeeded", "passed"))]
    annotate(jobs, {})
    assert capsys.readouterr().err == ""
    annotate(jobs, {"GITHUB_ACTIONS": "true"})
    assert capsys.readouterr().err == (
        "::error file=tasks/a%2Cb.json,line=7,title=a%2Cb.json::50%25: no%0Asuch\n"
    )


def test_every_problem_of_a_wrong_file_is_annotated(capsys: pytest.CaptureFixture[str]) -> None:
    problems = (Problem("steps[0]", "no", 3, 5), Problem("name", "no", 1, 2))
    wrong = job(Report.refused(TaskInvalid("x", problems)))
    wrong.refusal = TaskInvalid("x", problems)
    annotate([wrong], {"GITHUB_ACTIONS": "true"})
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(",title")[0] for line in lines] == [
        "::error file=tasks/a%2Cb.json,line=3,col=5",
        "::error file=tasks/a%2Cb.json,line=1,col=2",
    ]


def test_the_summary_is_added_to_and_no_cell_is_mark_up(tmp_path: Path) -> None:
    page = tmp_path / "summary.md"
    page.write_text("before\n")
    error = ErrorLine("x", "a|b <img> [c](d) `e`", "")
    told = Report("1", "T", "failed", "step_failed", error=error)
    summarize([job(told)], {"GITHUB_STEP_SUMMARY": str(page)})
    text = page.read_text()
    assert text.startswith("before\n### 0 of 1 tasks passed")
    row = text.splitlines()[-2]
    assert "a\\|b &lt;img&gt; \\[c\\](d) \\`e\\`" in row
    summarize([job(told)], {})
    assert page.read_text() == text


def test_the_worst_exit_code_counts() -> None:
    assert set(WORST_FIRST) == set(MEANINGS) - {DIFFERENT}  # no run ends with that
    assert (worst([0, 1, 7]), worst([1, 6, 4]), worst([0, 130, 2]), worst([])) == (1, 4, 130, 0)


def test_a_task_that_was_refused_has_the_code_it_would_have_alone() -> None:
    refused = Job(Path("t.json"), refusal=SlotUnbound("no"))
    assert refused.code == 4
    assert Job(Path("t.json")).code == 130
