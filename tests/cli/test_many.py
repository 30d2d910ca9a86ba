"""``runner run`` over a folder of tasks, as a CI job calls it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest

from fixtures.login_site.serving import running_site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fixtures.login_site.serving import Site
    from tests.cli.conftest import Call

HEADING = {"type": "expect", "target": {"role": "heading", "name": "Playground"}}


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as site:
        yield site


def written(folder: Path, name: str, *steps: Any, **more: Any) -> Path:
    folder.mkdir(exist_ok=True)
    task = {"name": name.title(), "inputs": {"site": {}}, "steps": list(steps)} | more
    path = folder / f"{name}.json"
    path.write_text(json.dumps(task, indent=1), encoding="utf-8")
    return path


@pytest.mark.browser
def test_many_tasks_have_a_line_each_and_the_exit_code_of_the_worst(
    call: Call, site: Site, tmp_path: Path, environment: dict[str, str]
) -> None:
    folder = tmp_path / "tasks"
    goto = {"type": "goto", "url": "${inputs.site}/playground"}
    nowhere = {"type": "click", "target": {"text": "a|b"}, "timeout": 0.3, "name": "Press <it>"}
    condition = {"value": "inputs.site", "exists": True}
    failing = {"type": "if", "condition": condition, "then": [nowhere]}
    written(folder, "good", goto, HEADING)
    written(folder, "failing", goto, failing)
    written(folder, "unbound", goto, slots={"LOGIN": {}})
    written(folder, "wrong", {"type": "goto"})
    environment |= {
        "GITHUB_ACTIONS": "true",
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
    }
    junit = tmp_path / "out" / "junit.xml"
    said = call(
        "run", folder, "--workers", "2", "--junit", junit, "--input", f"site={site.origin}",
        "--json", "--screenshot", "off", "--output", tmp_path / "left", timeout=120,
    )  # fmt: skip
    assert said.code == 2, said.everything
    runs = {run["path"].rpartition("/")[2]: run for run in said.document["runs"]}
    codes = {name: run["exit_code"] for name, run in runs.items()}
    assert codes == {"good.json": 0, "failing.json": 1, "unbound.json": 4, "wrong.json": 2}
    assert "1 of 4 passed" in said.err
    assert (tmp_path / "left/02-good/report.json").exists()

    lines = (folder / "failing.json").read_text().splitlines()
    line = next(n for n, text in enumerate(lines) if '"click"' in text)
    assert f"::error file={folder}/failing.json,line={line}," in said.err
    assert f"::error file={folder}/wrong.json,line=7,col=3,title=wrong.json::steps[0]" in said.err
    summary = (tmp_path / "summary.md").read_text()
    assert ("1 of 4 tasks passed" in summary, "Press &lt;it&gt;" in summary) == (True, True)

    check_junit(junit)


def check_junit(path: Path) -> None:
    suites = ElementTree.parse(path).getroot()  # noqa: S314 - written by ourselves
    counts = {key: suites.get(key) for key in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "6", "failures": "1", "errors": "2", "skipped": "0"}
    (failure,) = suites.iter("failure")
    assert "step 2.1, Press <it>" in str(failure.get("message"))
    assert any(one.get("name") == "trace" for one in suites.iter("property"))


def test_what_no_task_has_is_refused(call: Call, tmp_path: Path) -> None:
    written(tmp_path / "tasks", "one", {"type": "close_page"})
    for option, told in (("--bind", "--bind X: no task has it"), ("--input", "--input X: no task")):
        said = call("run", tmp_path / "tasks", "--input", "site=x", option, "X=y")
        assert told in said.fails_in_one_line(2)
    (tmp_path / "empty").mkdir()
    assert "no task file" in call("run", tmp_path / "empty").fails_in_one_line(2)
    said = call("run", tmp_path / "tasks", "--deployment", "x")
    assert "--deployment goes with one task" in said.fails_in_one_line(2)
