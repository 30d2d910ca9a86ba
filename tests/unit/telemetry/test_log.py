"""The log of a process that goes on."""

from __future__ import annotations

import io
import json
import logging
import warnings
from datetime import UTC, datetime
from typing import Any

import pytest

from agent.runs.claim import Claim
from agent.runs.report import Report
from agent.telemetry.libraries import hear
from agent.telemetry.log import Format, Log
from agent.telemetry.observer import Answered, Ended, Observer, Observers
from tests.unit.telemetry.test_spans import ID, REPORT, RUN_ROW

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
CANARY = "CANARY-pw-1"


def logged(shape: Format, *tell: Any) -> str:
    stream = io.StringIO()
    log = Log(shape, stream, lambda: NOON)
    for one in tell:
        one(log)
    return stream.getvalue()


def test_each_line_is_a_json_document_with_the_runs_id() -> None:
    text = logged(
        "json",
        lambda log: log.run_began(Claim(ID, 1, "host:1")),
        lambda log: log.run_ended(Ended(RUN_ROW, REPORT)),
    )
    began, ended = [json.loads(line) for line in text.splitlines()]
    at = "2026-11-22T12:00:00.000+00:00"
    assert began == {"at": at, "level": "info", "event": "run_began", "run": ID, "attempt": 1}
    assert ended == {
        "at": at,
        "level": "warning",
        "event": "run_ended",
        "run": ID,
        "state": "failed",
        "outcome": "step_failed",
        "seconds": 4.0,
        "waited": 4.0,
    }


def test_people_read_a_line_and_no_requests() -> None:
    asked = Answered("GET", "", 200, 0.0, 0.01)
    text = logged("text", lambda log: log.answered(asked), lambda log: log.runs_lost([ID]))
    (line,) = text.splitlines()
    assert line.endswith(f" run_lost run={ID}")


def test_a_failure_is_named_by_its_class_and_place_and_not_by_its_text() -> None:
    def raised() -> BaseException:
        try:
            raise LookupError(CANARY)
        except LookupError as error:
            return error

    text = logged("json", lambda log: log.failed(raised()))
    told = json.loads(text)
    assert (told["level"], told["kind"]) == ("error", "LookupError")
    assert told["place"].startswith("tests.unit.telemetry.test_log:")
    assert CANARY not in text


def test_nothing_of_a_report_but_words_and_numbers_is_written() -> None:
    report = Report(ID, CANARY, CANARY, CANARY, result={"x": CANARY}, notices=(CANARY,))
    text = logged("json", lambda log: log.run_ended(Ended(RUN_ROW, report)))
    assert CANARY not in text
    assert '"outcome": "other"' in text


def test_an_observer_that_fails_keeps_nothing_from_the_others() -> None:
    class Broken(Observer):
        def run_began(self, claim: Claim) -> None:
            raise OSError(claim)

    text = logged("text", lambda log: Observers(Broken(), log).run_began(Claim(ID, 1, "w")))
    assert "run_began" in text


@pytest.mark.filterwarnings("default")
def test_of_a_library_that_warns_only_who_and_where_is_written() -> None:
    stream, library = io.StringIO(), logging.getLogger("sqlalchemy.pool.test")
    root = logging.getLogger()
    before = list(root.handlers)
    try:
        hear(Log("json", stream, lambda: NOON))
        hear(Log("json", stream, lambda: NOON))
        library.warning("cannot connect with %s", CANARY)
        library.info("not told")
        logging.getLogger(f"{CANARY}.x").error("odd")
        warnings.warn(CANARY, ResourceWarning, stacklevel=1)
    finally:
        logging.captureWarnings(capture=False)
        root.handlers = before
    told = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["by"] for line in told] == ["sqlalchemy", "other", "py"]
    assert told[0]["place"].startswith("test_log:")
    assert CANARY not in stream.getvalue()
