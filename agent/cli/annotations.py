"""Tells GitHub where in which file a task failed, and writes its summary."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from agent.cli.exit_codes import PASSED
from agent.cli.speech import harmless, say
from agent.errors import TaskInvalid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from agent.cli.many import Job


def annotate(jobs: Sequence[Job], environ: Mapping[str, str] = os.environ) -> None:
    """Write a workflow command for each failure, where GitHub's runner reads along."""
    if environ.get("GITHUB_ACTIONS") != "true":
        return
    for job in jobs:
        for line, column, message in _failures(job):
            where = f"file={_property(_in_repository(job.path, environ))},line={max(line, 1)}"
            where += f",col={column}" if column else ""
            say(f"::error {where},title={_property(job.name)}::{_message(message)}")


def summarize(jobs: Sequence[Job], environ: Mapping[str, str] = os.environ) -> None:
    """Add a table to the summary of the job, where GitHub asks for one."""
    path = environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    passed = sum(job.code == PASSED for job in jobs)
    lines = [
        f"### {passed} of {len(jobs)} tasks passed",
        "",
        "| | task | outcome | seconds | |",
        "|---|---|---|---|---|",
        *(_row(job) for job in jobs),
        "",
    ]
    try:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
    except OSError as error:
        say(f"note: the summary could not be written: {error.strerror}")


def _in_repository(path: Path, environ: Mapping[str, str]) -> str:
    """Write a path from the repository's root, where GitHub looks for it."""
    root = environ.get("GITHUB_WORKSPACE")
    whole = path.absolute()
    if root and whole.is_relative_to(root):
        return str(whole.relative_to(root))
    return str(path)


def _failures(job: Job) -> Iterator[tuple[int, int, str]]:
    if isinstance(job.refusal, TaskInvalid):
        for problem in job.refusal.problems:
            yield problem.line, problem.column, f"{problem.path}: {problem.message}"
    elif job.code != PASSED and job.report is not None:
        error = job.report.error
        yield job.line, 0, error.message if error else job.report.outcome


def _row(job: Job) -> str:
    report = job.report
    mark = "✅" if job.code == PASSED else "❌"
    outcome, seconds, why = "", 0.0, ""
    if report is not None:
        outcome, seconds = report.outcome, report.seconds
        why = report.error.message.splitlines()[0] if report.error else ""
    where = f"{job.path}:{job.line}" if job.line else str(job.path)
    return f"| {mark} | {_cell(where)} | {_cell(outcome)} | {seconds:.2f} | {_cell(why)} |"


def _cell(text: str) -> str:
    """Write a text so that it stays in its cell, and is no mark-up."""
    clean = harmless(text).replace("\n", " ")
    for letter in "\\`*_{}[]<>|#!":
        clean = clean.replace(letter, f"\\{letter}" if letter not in "<>" else _ENTITIES[letter])
    return clean


_ENTITIES = {"<": "&lt;", ">": "&gt;"}


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
