"""The tasks of this repository that show every kind of step, carried out as they stand."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agent.planner import check, read_task
from agent.runs.options import RunOptions
from agent.settings import Settings
from agent.steps import STEPS
from agent.wiring import build

if TYPE_CHECKING:
    from fixtures.login_site.serving import Site

TASKS = Path(__file__).parents[2] / "tasks"


def test_every_kind_of_step_is_in_a_task() -> None:
    """Those of the browser run below; http, sftp and code in beyond/test_tasks.py."""
    used = {
        step.type
        for path in TASKS.glob("*.json")
        for one in check(read_task(path))
        for step in one.every()
    }
    assert set(STEPS) <= used


def heading(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file))


@pytest.mark.browser
async def test_the_task_with_every_step_runs(site: Site, tmp_path: Path) -> None:
    key = str(tmp_path / "keys" / "vault.key")
    environ = {"RUNNER_HOME": str(tmp_path / "home"), "RUNNER_KEY_FILE": key}
    runner = build(Settings.load(environ, tmp_path))
    account = site.new_account()
    fields = {
        "username": account.username,
        "password": account.password,
        "totp": account.totp_key,
    }
    secret = runner.add_secret("hotel", "login", fields, [site.origin]).id
    task = TASKS / "every-step.json"
    plan = runner.plan(task, {"MANAGEMENT_LOGIN": secret}, {"site": site.origin})
    options = RunOptions(pictures="only-on-failure", output=tmp_path / "out")
    report = await runner.run(plan, options)
    assert report.outcome == "passed", report.error
    assert report.result["lines"] == ["1: 100 is free", "2: 111 is taken"]
    assert len(report.result["rates"]) == 12
    assert report.result["buttons"] == ["Twice", "Menu"]
    places = [step.at for step in report.steps]
    assert places[:4] == ["1", "1.1", "1.2", "2"]
    assert "5.1[2].2" in places
    assert "27.1" not in places
    kept = {Path(one.path).name: one for one in report.artifacts}
    assert {kept[name].state for name in ("rates.csv", "report.csv", "guests.jpeg")} == {"kept"}
    assert heading(Path(kept["rates.csv"].path)) == ["Room", "Rate", "Free"]
    assert account.password not in json.dumps(report.document())
