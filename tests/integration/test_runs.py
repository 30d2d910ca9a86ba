"""Whole runs through the use cases, against the fake hotel."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from agent.runs.options import RunOptions
from agent.runs.watcher import NobodyWatches
from agent.settings import Settings
from agent.wiring import build

if TYPE_CHECKING:
    from pathlib import Path

    from agent.runner import Runner
    from agent.runs.report import Report, StepReport
    from fixtures.login_site.serving import Site

pytestmark = pytest.mark.browser

SIGN_IN: list[dict[str, Any]] = [
    {"type": "sign_in", "slot": "LOGIN", "url": "${inputs.site}/login"}
]
NOWHERE = {"type": "click", "target": {"css": "#no-such-place"}, "timeout": 0.3}


class Watching(NobodyWatches):
    """Remembers what a door would have been told."""

    def __init__(self) -> None:
        self.steps: list[StepReport] = []
        self.paused_at: list[int] = []
        self.run_id = ""

    def run_started(self, run_id: str, task: str) -> None:
        super().run_started(run_id, task)
        self.run_id = run_id

    def step_finished(self, step: StepReport) -> None:
        self.steps.append(step)

    async def paused(self, index: int) -> None:
        self.paused_at.append(index)


class Bench:
    """A data folder with one account in its vault, and tasks made on the spot."""

    def __init__(self, folder: Path, site: Site) -> None:
        self.folder = folder
        self.site = site
        key = str(folder / "keys" / "vault.key")
        environ = {"RUNNER_HOME": str(folder / "home"), "RUNNER_KEY_FILE": key}
        self.runner: Runner = build(Settings.load(environ, folder))
        account = site.new_account(totp=False)
        self.fields = {"username": account.username, "password": account.password}
        self.secret = self.runner.add_secret("login", "login", self.fields, [site.origin]).id

    async def run(
        self, steps: list[dict[str, Any]], watcher: NobodyWatches | None = None, **options: Any
    ) -> Report:
        task = {
            "name": "made on the spot",
            "slots": {"LOGIN": {"type": "login", "origins": ["${inputs.site}"]}},
            "inputs": {"site": {"type": "string", "default": self.site.origin}},
            "steps": steps,
        }
        path = self.folder / "task.json"
        path.write_text(json.dumps(task), "utf-8")
        plan = self.runner.plan(path, {"LOGIN": self.secret}, {})
        return await self.runner.run(plan, RunOptions(**options), watcher)


@pytest.fixture
def bench(tmp_path: Path, site: Site) -> Bench:
    return Bench(tmp_path, site)


async def test_a_run_that_passes_is_recorded_and_leaves_its_artifacts(bench: Bench) -> None:
    watching = Watching()
    report = await bench.run(SIGN_IN, watching)
    assert (report.status, report.outcome) == ("succeeded", "passed"), report
    assert [step.outcome for step in report.steps] == ["signed_in"]
    assert [replace(step, notes=()) for step in report.steps] == watching.steps
    kinds = [(artifact.kind, artifact.state) for artifact in report.artifacts]
    assert kinds.count(("trace", "kept")) == 1
    assert kinds.count(("screenshot", "kept")) == 1
    assert ("report", "kept") in kinds
    assert bench.runner.report(watching.run_id) == report
    assert [run.state for run in bench.runner.runs()] == ["succeeded"]


async def test_the_steps_after_a_failed_one_are_not_run(bench: Bench) -> None:
    report = await bench.run([*SIGN_IN, NOWHERE, NOWHERE])
    assert (report.status, report.outcome) == ("failed", "step_failed")
    assert [step.status for step in report.steps] == ["passed", "failed", "not_run"]
    assert report.error
    assert "#no-such-place" in report.error.message


async def test_a_trace_may_be_kept_for_failed_runs_alone(bench: Bench) -> None:
    passed = await bench.run(SIGN_IN, tracing="retain-on-failure", pictures="only-on-failure")
    failed = await bench.run([NOWHERE], tracing="retain-on-failure", pictures="only-on-failure")
    assert {artifact.kind for artifact in passed.artifacts} == {"report"}
    assert {artifact.kind for artifact in failed.artifacts} == {"report", "trace", "screenshot"}


async def test_a_run_that_takes_too_long_says_so_and_keeps_its_trace(bench: Bench) -> None:
    slow = {"type": "goto", "url": "${inputs.site}/slow?ms=30000"}
    report = await bench.run([slow, NOWHERE], timeout=2)
    assert (report.status, report.outcome) == ("failed", "timeout")
    assert [step.status for step in report.steps] == ["failed", "not_run"]
    assert ("trace", "kept") in [(one.kind, one.state) for one in report.artifacts]


async def test_a_stopped_run_is_interrupted(bench: Bench) -> None:
    watching = Watching()
    slow = {"type": "goto", "url": "${inputs.site}/slow?ms=30000"}
    work = asyncio.create_task(bench.run([slow], watching))
    await asyncio.to_thread(bench.site.log.wait_for, lambda request: request.path == "/slow", 30)
    work.cancel()
    report = await work
    assert (report.status, report.outcome) == ("interrupted", "interrupted")
    assert bench.runner.runs()[0].state == "interrupted"


async def test_a_failed_step_pauses_where_that_is_asked_for(bench: Bench) -> None:
    watching = Watching()
    await bench.run([*SIGN_IN, NOWHERE], watching, pause_on_failure=True)
    assert watching.paused_at == [1]


async def test_a_value_that_tries_to_leave_fails_the_run(bench: Bench) -> None:
    steps = [
        {"type": "goto", "url": "${inputs.site}/attack/fetch-exfil?way=fetch"},
        {
            "type": "fill",
            "target": {"css": "input[type=password]"},
            "value": {"secret": "LOGIN", "field": "password"},
        },
        {"type": "press", "key": "Enter", "target": {"css": "input[type=password]"}},
        {"type": "wait_for", "target": {"css": "body"}},
    ]
    report = await bench.run(steps)
    assert report.outcome == "origin_refused", report
    assert bench.fields["password"].encode() not in bench.site.evil_log.everything()


async def test_the_result_shows_no_secret_that_the_page_repeats(bench: Bench) -> None:
    extract = {
        "type": "extract",
        "target": {"css": "body"},
        "fields": {"all": {"css": "header"}},
        "save_as": "page",
    }
    report = await bench.run([*SIGN_IN, extract])
    assert report.outcome == "passed", report
    text = json.dumps(report.result, ensure_ascii=False)
    assert bench.fields["username"] not in text
    assert "‹LOGIN.username›" in text
