"""docs/ci/github-actions.yml, line by line, as GitHub's runner carries it out."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest
import yaml

from agent.browser.find import find_browser
from tests.shipped.installed import ROOT, environment
from tests.standins.processes import free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.shipped.installed import Installed

WORKFLOW = ROOT / "docs" / "ci" / "github-actions.yml"
BLOCK = re.compile(r"^`([\w./]+)`\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXPRESSION = re.compile(r"\$\{\{ (?:vars|secrets)\.\w+ \|\| '([^']*)' \}\}")
# It would download a browser: what it would do is asked instead.
DOWNLOAD = "playwright install"

HERE = """
import os
import pytest

@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    here = {"executable_path": os.environ["BROWSER"], "chromium_sandbox": os.geteuid() != 0}
    return browser_type_launch_args | here
"""


@dataclass
class Machine:
    """What GitHub's runner keeps between the steps of a job."""

    project: Path
    environment: dict[str, str]
    log: str = ""
    ended: dict[str, int] = field(default_factory=dict)

    def carry_out(self, step: dict[str, Any]) -> None:
        given = {name: evaluated(text) for name, text in step.get("env", {}).items()}
        script = step["run"].replace(DOWNLOAD, f"{DOWNLOAD} --dry-run")
        output = self.project.parent / "output"
        with output.open("w") as file:  # a background process keeps it open
            done = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
                cwd=self.project,
                env=self.environment | given,
                stdout=file,
                stderr=subprocess.STDOUT,
                timeout=170,
                check=False,
            )
        self.log += output.read_text()
        self.ended[step["name"]] = done.returncode
        told = Path(self.environment["GITHUB_ENV"])
        self.environment |= dict(line.split("=", 1) for line in told.read_text().splitlines())


def evaluated(text: str) -> str:
    """What GitHub makes of an expression where neither variable nor secret is set."""
    plain = EXPRESSION.sub(r"\1", text)
    assert "${{" not in plain, text
    return plain


def workflow() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(WORKFLOW.read_text("utf-8"))
    return loaded


def steps() -> list[dict[str, Any]]:
    (job,) = workflow()["jobs"].values()
    return [step for step in job["steps"] if "run" in step]


@pytest.fixture(scope="module")
def machine(bare: Installed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    folder = tmp_path_factory.mktemp("workflow")
    project, temp = folder / "project", folder / "temp"
    for place in (project / "tasks", project / "tests", temp):
        place.mkdir(parents=True)
    for name, text in BLOCK.findall((ROOT / "docs" / "ci.md").read_text("utf-8")):
        (project / name).write_text(text)
    (project / "conftest.py").write_text(HERE)
    files = {name: folder / name for name in ("GITHUB_ENV", "GITHUB_STEP_SUMMARY")}
    for path in files.values():
        path.touch()
    plain = environment(folder)
    own = {name: str(path) for name, path in files.items()} | {
        "PATH": f"{bare.python.parent}:{plain['PATH']}",
        "GITHUB_ACTIONS": "true",
        "GITHUB_WORKSPACE": str(project),
        "RUNNER_TEMP": str(temp),
        "BROWSER": str(find_browser().path),
        # pip finds the package where it was built, and what it needs where it is.
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(bare.wheel.parent),
        **{name: evaluated(text) for name, text in workflow()["env"].items()},
        "SITE": f"http://127.0.0.1:{free_ports(1)[0]}",
    }
    machine = Machine(project, plain | own)
    try:
        for step in steps():
            machine.carry_out(step)
        yield machine
    finally:
        end_site(temp / "site.json")


def end_site(told: Path) -> None:
    """End what a step left running, as GitHub's runner does."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "fd" / "1").resolve() == told.resolve():
                os.kill(int(entry.name), 15)
        except OSError:
            continue


def test_the_steps_are_there_and_pinned() -> None:
    assert [one["run"].partition(" ")[0] for one in steps()].count("runner") == 4
    used = re.findall(r"uses: *(\S+)", WORKFLOW.read_text("utf-8"))
    assert len(used) == 3
    assert [name for name in used if not re.search(r"@[0-9a-f]{40}$", name)] == []
    assert workflow()["permissions"] == {"contents": "read"}


@pytest.mark.browser
def test_every_line_of_it_works(machine: Machine) -> None:
    assert list(machine.ended) == [step["name"] for step in steps()]
    assert set(machine.ended.values()) == {0}, machine.log
    assert "✓ tasks/guests.json  passed" in machine.log
    assert "1 passed" in machine.log
    results = machine.project / "results"
    for name in ("tasks.xml", "tests.xml"):
        suites = ElementTree.parse(results / name).getroot()  # noqa: S314 - written just now
        assert list(suites.iter("testcase"))
    assert list((results / "tasks").rglob("trace.zip"))
    summary = Path(machine.environment["GITHUB_STEP_SUMMARY"]).read_text("utf-8")
    assert "### 1 of 1 tasks passed" in summary


@pytest.mark.browser
def test_a_task_that_fails_is_shown_where_it_fails(machine: Machine) -> None:
    task = json.loads((machine.project / "tasks" / "guests.json").read_text())
    task["steps"][2] |= {"target": {"role": "table", "name": "Ghosts"}, "timeout": 2}
    failing = machine.project / "tasks" / "failing.json"
    failing.write_text(json.dumps(task, indent=1))
    lines = failing.read_text().splitlines()
    line = [number for number, text in enumerate(lines, start=1) if text == "  {"][2]
    try:
        machine.carry_out(next(step for step in steps() if "runner run" in step["run"]))
    finally:
        failing.unlink()
    assert machine.ended["Run the tasks"] == 1, machine.log
    assert f"::error file=tasks/failing.json,line={line},title=Guests::step 3" in machine.log
    summary = Path(machine.environment["GITHUB_STEP_SUMMARY"]).read_text("utf-8")
    assert "### 1 of 2 tasks passed" in summary
    assert f"failing.json:{line}" in summary


@pytest.mark.browser
def test_no_value_is_in_what_the_job_leaves(machine: Machine) -> None:
    password = evaluated(steps()[5]["env"]["SITE_PASSWORD"]).encode()
    assert password in WORKFLOW.read_bytes()
    left = [machine.project / "results", Path(machine.environment["RUNNER_HOME"])]
    files = [path for folder in left for path in folder.rglob("*") if path.is_file()]
    assert [path for path in files if password in path.read_bytes()] == []
    assert password.decode() not in machine.log
