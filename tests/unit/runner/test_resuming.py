"""Going on with a run that was interrupted: what is done again, and what never is."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from agent.errors import UsageError
from agent.planner import Plan
from agent.runs.claim import Claim
from agent.runs.course import Course
from agent.runs.progress import Keeping
from agent.runs.walk import Place
from agent.settings import Settings
from agent.wiring import build

if TYPE_CHECKING:
    from pathlib import Path

    from agent.runner import Runner

ORIGIN = "https://hotel.example"
STEPS: list[dict[str, Any]] = [
    {"type": "goto", "url": ORIGIN},
    {"type": "sign_in", "slot": "LOGIN"},
    {"type": "set", "save_as": "seen", "value": 1},
    {"type": "goto", "url": f"{ORIGIN}/a", "checkpoint": True},
    {"type": "click", "target": {"text": "Pay"}, "once": True},
    {"type": "goto", "url": f"{ORIGIN}/b", "checkpoint": True},
    {"type": "click", "target": {"text": "Send"}, "once": True},
    {"type": "goto", "url": f"{ORIGIN}/c"},
]


@dataclass
class Bench:
    """A runner with one secret, and runs that came so far and no further."""

    runner: Runner
    path: Path
    secret: str

    def plan(self) -> Plan:
        return self.runner.plan(self.path, {"LOGIN": self.secret}, {})

    async def stopped_in(self, *tops: int, plan: Plan | None = None, done: bool = True) -> str:
        """Begin these steps, finish all but the last (or that too), and die."""
        plan = plan or self.plan()
        run = self.runner.submit(plan)
        claim = self.runner.store.claim(run.id, "elsewhere:1:1:1:1")
        assert isinstance(claim, Claim)
        course = Course(run.id, plan.task_name, tuple((s.type, s.title) for s in plan.steps))
        results: dict[str, Any] = {}
        keeping = Keeping(claim, course, self.runner.store, results)
        steps = list(keeping.begin(plan))
        assert steps
        for top in tops:
            step = plan.steps[top]
            course.begin(str(top + 1), step.type, step.title)
            await keeping.note(Place(str(top + 1), top), step, step.title)
            if step.saves():
                results["seen"] = 1
            if step.once and (done or top != tops[-1]):
                await keeping.noted_done(Place(str(top + 1), top))
        self.runner.store.times = replace(self.runner.store.times)
        with self.runner.store._engine.begin() as connection:  # its worker is gone
            connection.exec_driver_sql("UPDATE runs SET lease_until = 0 WHERE state = 'running'")
        self.runner.store.sweep()
        return run.id


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    key = str(tmp_path / "keys" / "vault.key")
    environ = {"RUNNER_HOME": str(tmp_path / "home"), "RUNNER_KEY_FILE": key}
    runner = build(Settings.load(environ, tmp_path))
    secret = runner.add_secret("x", "login", {"username": "u", "password": "p-1"}, [ORIGIN]).id
    path = tmp_path / "t.json"
    path.write_text(json.dumps({"name": "x", "slots": {"LOGIN": {}}, "steps": STEPS}))
    return Bench(runner, path, secret)


def done_by(plan: Plan) -> list[int]:
    assert plan.start is not None
    return [top for top in range(len(plan.steps)) if plan.start.does(top)]


async def test_it_goes_on_from_the_last_checkpoint_signed_in_anew(bench: Bench) -> None:
    run = await bench.stopped_in(0, 1, 2, 3)
    plan = bench.runner.resuming.plan(run[:8])
    assert plan.start is not None
    assert (plan.start.of, plan.start.results) == (run, {"seen": 1})
    assert done_by(plan) == [0, 1, 3, 4, 5, 6, 7]
    assert Plan.from_json(plan.to_json()) == plan


async def test_a_step_marked_once_is_never_done_twice(bench: Bench) -> None:
    run = await bench.stopped_in(0, 1, 2, 3, 4)
    assert done_by(bench.runner.resuming.plan(run)) == [0, 1, 3, 5, 6, 7]
    later = await bench.stopped_in(0, 1, 2, 3, 4, 5)
    assert done_by(bench.runner.resuming.plan(later)) == [0, 1, 5, 6, 7]


async def test_of_one_that_had_begun_a_person_decides(bench: Bench) -> None:
    run = await bench.stopped_in(0, 1, 2, 3, 4, done=False)
    with pytest.raises(UsageError, match=r"step 5, click text “Pay”, is marked once and had begun"):
        bench.runner.resuming.plan(run)
    assert 4 not in done_by(bench.runner.resuming.plan(run, "done"))
    assert 4 in done_by(bench.runner.resuming.plan(run, "again"))


async def test_a_run_is_resumed_once_and_what_went_on_can_be_too(bench: Bench) -> None:
    first = await bench.stopped_in(0, 1, 2, 3, 4)
    second = await bench.stopped_in(3, 5, plan=bench.runner.resuming.plan(first))
    with pytest.raises(UsageError, match=f"resumed already, as {second}"):
        bench.runner.submit(bench.runner.resuming.plan(first))
    third = bench.runner.resuming.plan(second)
    assert done_by(third) == [0, 1, 5, 6, 7]
    assert third.start is not None
    assert third.start.results == {"seen": 1}


async def test_what_cannot_be_resumed_says_why(bench: Bench) -> None:
    run = await bench.stopped_in(0, 1)
    with pytest.raises(UsageError, match="had begun no step that is marked checkpoint"):
        bench.runner.resuming.plan(run)
    queued = bench.runner.submit(bench.plan())
    with pytest.raises(UsageError, match="is queued: there is nothing to resume"):
        bench.runner.resuming.plan(queued.id)


async def test_a_run_that_was_killed_tells_how_far_it_came(bench: Bench) -> None:
    run = await bench.stopped_in(0, 1, 2, 3, 4, done=False)
    report = bench.runner.report(run)
    assert report.status == "interrupted"
    assert report.error is not None
    assert "interrupted in step 5, click text “Pay”" in report.error.message
    assert [step.status for step in report.steps][-3:] == ["not_run"] * 3
    assert "runner resume" in report.error.hint
