"""Writes how tasks ended the way JUnit does: a suite per task, a case per step."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent

from agent.cli.exit_codes import PASSED
from agent.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from agent.cli.many import Job
    from agent.runs.report import Report

# XML 1.0 knows no way to write these.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_junit(path: Path, jobs: Sequence[Job]) -> None:
    """Write the file. Raises ``UsageError`` where it cannot be."""
    suites = Element("testsuites", name="slotrunner")
    for job in jobs:
        _suite(suites, job)
    for name in ("tests", "failures", "errors", "skipped"):
        suites.set(name, str(sum(int(suite.get(name, "0")) for suite in suites)))
    suites.set("time", f"{sum(float(suite.get('time', '0')) for suite in suites):.3f}")
    indent(suites)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        ElementTree(suites).write(path, encoding="utf-8", xml_declaration=True)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None


def _suite(suites: Element, job: Job) -> None:
    report = job.report
    suite = SubElement(suites, "testsuite", name=_text(job.name), file=_text(str(job.path)))
    seconds = report.seconds if report else 0.0
    suite.set("time", f"{seconds:.3f}")
    top = [step for step in report.steps if "." not in step.at] if report else []
    for step in top:
        case = _case(suite, job, f"{step.at} {step.title}", step.seconds)
        if step.status == "not_run":
            SubElement(case, "skipped")
        elif step.status == "failed" and report is not None:
            _failure(case, report, "failure")
    failed = any(step.status == "failed" for step in top)
    if report is not None and job.code != PASSED and not failed:
        # Refused before its first step, or what it left was withheld after its last.
        _failure(_case(suite, job, "the run", seconds), report, "error")
    if not len(suite):
        _case(suite, job, "the run", seconds)
    _count(suite)
    _properties(suite, report)


def _case(suite: Element, job: Job, name: str, seconds: float) -> Element:
    case = SubElement(suite, "testcase", name=_text(name), classname=_text(str(job.path)))
    case.set("time", f"{seconds:.3f}")
    if job.line:
        case.set("line", str(job.line))
    return case


def _failure(case: Element, report: Report, kind: str) -> None:
    message = report.error.message if report.error else report.outcome
    failure = SubElement(case, kind, message=_text(message), type=_text(report.outcome))
    failure.text = _text(f"{message}\n{report.error.hint if report.error else ''}".strip())


def _count(suite: Element) -> None:
    cases = suite.findall("testcase")
    suite.set("tests", str(len(cases)))
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(sum(case.find(tag) is not None for case in cases)))


def _properties(suite: Element, report: Report | None) -> None:
    """Name the run and what it left, as pytest-playwright names its traces."""
    if report is None or report.run_id is None:
        return
    properties = Element("properties")
    SubElement(properties, "property", name="run_id", value=report.run_id)
    for artifact in report.artifacts:
        if artifact.state == "kept":
            SubElement(properties, "property", name=artifact.kind, value=_text(artifact.path))
    suite.insert(0, properties)


def _text(text: str) -> str:
    return _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", text)
