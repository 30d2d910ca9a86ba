"""Runs many tasks: one line each, and files for those who read them afterwards."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agent.cli.annotations import annotate, summarize
from agent.cli.carrying import options_of
from agent.cli.exit_codes import PASSED, exit_code, worst
from agent.cli.junit import write_junit
from agent.cli.live import Live
from agent.cli.opening import open_runner
from agent.cli.options import pairs
from agent.cli.parts import PARTS
from agent.cli.results import MARKS
from agent.cli.speech import document, say
from agent.cli.stopping import carry_out
from agent.errors import RunInterrupted, RunnerError, TaskInvalid, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from agent.planner import Plan
    from agent.runner import Runner
    from agent.runs.report import Report
    from agent.tasks import Task


@dataclass(slots=True)
class Job:
    """One task of many: what became of it. ``line`` is where it failed in its file, or 0."""

    path: Path
    task: Task | None = None
    plan: Plan | None = None
    report: Report | None = None
    refusal: RunnerError | None = None
    line: int = 0

    @property
    def code(self) -> int:
        """The exit code it would have had alone."""
        if self.report is None:
            return self.refusal.exit_code if self.refusal else RunInterrupted.exit_code
        if self.refusal is not None and self.report.run_id is None:
            return self.refusal.exit_code
        return exit_code(self.report)

    @property
    def name(self) -> str:
        """What it is called for people."""
        return self.task.name if self.task else self.path.name


def run_many(given: dict[str, Any]) -> int:
    """Check all tasks, run those that can be run, and tell how each ended."""
    jobs = [Job(path) for path in _files(given["tasks"])]
    runner = open_runner(no_input=given["no_input"])
    _plan_all(runner, jobs, given)
    shift = _Shift(runner, jobs, given, Live(len(jobs)))
    try:
        carry_out(shift.work())
    except asyncio.CancelledError:
        shift.stopped()
    for job in jobs:
        _place(job)
    _tell(jobs, given)
    return worst([job.code for job in jobs])


def _files(tasks: Sequence[Path]) -> list[Path]:
    """Give the files; of a folder those directly in it. Raises ``UsageError`` for none."""
    found: list[Path] = []
    for task in tasks:
        if not task.exists():
            raise UsageError(f"{task}: there is no such file")
        found += sorted(_tasks_in(task)) if task.is_dir() else [task]
    if not found:
        raise UsageError("there is no task file in the folder", hint="task files end in .json")
    return list(dict.fromkeys(found))


def _tasks_in(folder: Path) -> Iterator[Path]:
    """Give the task files; the schema that editors read stands beside them."""
    return (path for path in folder.glob("*.json") if not path.name.endswith(".schema.json"))


def _plan_all(runner: Runner, jobs: Sequence[Job], given: dict[str, Any]) -> None:
    bindings = pairs("--bind", "SLOT=SECRET", given["bindings"])
    inputs = pairs("--input", "NAME=VALUE", given["inputs"])
    used: set[str] = set()
    for job in jobs:
        try:
            task = job.task = runner.validate(job.path)
            used |= {*task.slots, *task.inputs}
            bound = {slot: ref for slot, ref in bindings.items() if slot in task.slots}
            values = {name: text for name, text in inputs.items() if name in task.inputs}
            job.plan = runner.plan(job.path, bound, values, given["mode"] or "test")
        except RunnerError as error:
            _refused(job, error)
    for option, names in (("--bind", bindings), ("--input", inputs)):
        for name in names.keys() - used if all(job.task for job in jobs) else ():
            raise UsageError(f"{option} {name}: no task has it")


def _refused(job: Job, error: RunnerError) -> None:
    job.refusal = error
    job.report = PARTS["report"].refused(error, task=job.name)


@dataclass(slots=True)
class _Shift:
    """The running of the tasks that can be run, some at a time."""

    runner: Runner
    jobs: Sequence[Job]
    given: dict[str, Any]
    live: Live

    async def work(self) -> None:
        for job in self.jobs:
            if job.plan is None:
                self._tell_end(job)
        places = asyncio.Semaphore(self.given["workers"] or 1)
        async with asyncio.TaskGroup() as group:
            for number, job in enumerate(self.jobs, start=1):
                if job.plan is not None:
                    group.create_task(self._one(job, number, places))

    async def _one(self, job: Job, number: int, places: asyncio.Semaphore) -> None:
        if job.plan is None:
            return
        async with places:
            output = self.given["output"]
            folder = output / f"{number:02d}-{job.path.stem}" if output else None
            options = options_of(self.given, folder)
            with self.live.running(job.name) as watcher:
                try:
                    job.report = await self.runner.run(job.plan, options, watcher)
                except RunnerError as error:
                    _refused(job, error)
        self._tell_end(job)

    def stopped(self) -> None:
        """Say of what did not come to its end that it was stopped."""
        for job in self.jobs:
            if job.report is None:
                _refused(job, RunInterrupted("the run was stopped"))
                self._tell_end(job)

    def _tell_end(self, job: Job) -> None:
        self.live.ended += 1
        self.live.clear()
        report = job.report
        if report is None:
            return
        why = f": {report.error.message.splitlines()[0]}" if report.error else ""
        mark = MARKS["passed" if job.code == PASSED else "failed"]
        say(f"{mark} {job.path}  {report.outcome}  {report.seconds:.2f} s{why}")
        self.live.show()


def _place(job: Job) -> None:
    """Find the line of the step that failed."""
    if isinstance(job.refusal, TaskInvalid):
        job.line = job.refusal.problems[0].line
    elif job.report is not None and job.task is not None:
        failed = [step.at for step in job.report.steps if step.status == "failed" and step.at]
        if failed:
            deepest = max(failed, key=lambda at: at.count("."))
            job.line = PARTS["line_of"](job.task, deepest)


def _tell(jobs: Sequence[Job], given: dict[str, Any]) -> None:
    passed = sum(job.code == PASSED for job in jobs)
    say(f"{passed} of {len(jobs)} passed")
    if given["junit"] is not None:
        write_junit(given["junit"], jobs)
    annotate(jobs)
    summarize(jobs)
    if given["as_json"]:
        runs = [
            {"path": str(job.path), "exit_code": job.code, **job.report.document()}
            for job in jobs
            if job.report is not None
        ]
        document({"exit_code": worst([job.code for job in jobs]), "runs": runs})
