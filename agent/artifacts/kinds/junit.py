"""A run's report as JUnit XML: one test suite, one case for each step."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

from agent.artifacts.archive import write_private
from agent.artifacts.artifact import Refused
from agent.artifacts.literal import scrubbed

if TYPE_CHECKING:
    from pathlib import Path

    from agent.artifacts.cleaning import Cleaning
    from agent.artifacts.raw import RawArtifact

# XML 1.0, section 2.2: characters no document may hold.
_NO_CHARACTER = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class JunitKind:
    """The cleaner of JUnit files: reads the report as JSON and marks values before XML is made."""

    def clean(self, raw: RawArtifact, cleaning: Cleaning) -> Path:
        """Write the XML; ``Refused`` when it is no report."""
        cleaning.budget.check_size(raw.path.stat().st_size)
        try:
            report = json.loads(raw.path.read_bytes())
        except ValueError:
            raise Refused("not JSON") from None
        if not isinstance(report, dict):
            raise Refused("not a report")
        clean = scrubbed(report, cleaning.secrets.redactor)
        target = cleaning.workspace / "junit.xml"
        write_private(target, _suite(clean).encode("utf-8", "replace"))
        return target


def _suite(report: dict[str, Any]) -> str:
    lines = [step for step in report.get("steps") or [] if isinstance(step, dict)]
    # What happened inside a step is told with it: its failure would be counted twice.
    steps = [step for step in lines if "." not in str(step.get("at", ""))]
    failed = sum(step.get("status") == "failed" for step in steps)
    skipped = sum(step.get("status") == "not_run" for step in steps)
    cases = "".join(_case(step, report) for step in steps)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuite name={_quoted(report.get("task"))} tests="{len(steps)}" '
        f'failures="{failed}" skipped="{skipped}" time="{_seconds(report)}">\n'
        f"{cases}</testsuite>\n"
    )


def _case(step: dict[str, Any], report: dict[str, Any]) -> str:
    start = f'  <testcase name={_quoted(step.get("title"))} time="{_seconds(step)}"'
    if step.get("status") == "not_run":
        return f"{start}><skipped/></testcase>\n"
    if step.get("status") != "failed":
        return f"{start}/>\n"
    error = report.get("error") or {}
    text = f"{error.get('message', '')}\n{error.get('hint', '')}".strip()
    return (
        f"{start}><failure type={_quoted(step.get('outcome'))} "
        f"message={_quoted(error.get('message'))}>{escape(_allowed(text))}</failure></testcase>\n"
    )


def _seconds(part: dict[str, Any]) -> str:
    seconds = part.get("seconds")
    return f"{seconds:.3f}" if isinstance(seconds, int | float) else "0"


def _quoted(text: object) -> str:
    return quoteattr(_allowed("" if text is None else str(text)))


def _allowed(text: str) -> str:
    return _NO_CHARACTER.sub("\N{REPLACEMENT CHARACTER}", text)
