from __future__ import annotations

from dataclasses import replace

import pytest

from agent.planner import Plan
from agent.runs.again import may_pass
from agent.runs.course import Course
from agent.runs.report import Report

PLAN = Plan("Look", {"on_failed": "requeue"}, {}, {}, {}, (), {})
REPORT = Report("run-1", "Look", "failed", "site_unreachable")


def course(*, tried: bool = False) -> Course:
    made = Course("run-1", "Look", ())
    made.tried = tried
    return made


def test_what_may_pass_is_begun_again_where_the_task_says_so() -> None:
    assert may_pass(PLAN, course(), REPORT)
    assert not may_pass(replace(PLAN, document={}), course(), REPORT)


def test_not_where_a_password_went_out() -> None:
    assert not may_pass(PLAN, course(tried=True), REPORT)


@pytest.mark.parametrize("outcome", ["auth_rejected", "secret_frozen", "usage", "origin_refused"])
def test_not_what_would_be_the_same_the_next_time(outcome: str) -> None:
    assert not may_pass(PLAN, course(), replace(REPORT, outcome=outcome))


@pytest.mark.parametrize("status", ["succeeded", "interrupted", "cancelled"])
def test_not_a_run_that_ended_otherwise(status: str) -> None:
    assert not may_pass(PLAN, course(), replace(REPORT, status=status))
