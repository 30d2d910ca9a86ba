"""What a sign-in waits for its code is counted, and stands in the report's line."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from agent.login.account import Account
from agent.login.act import Hands
from agent.runs.course import Course
from agent.runs.report import Report


def test_only_from_when_a_wait_was_told_of_it_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([10.0, 12.5])
    monkeypatch.setattr("agent.login.act.time.monotonic", lambda: next(clock))
    account, heard = Account(cast("Any", None)), list[float]()
    hands = Hands(cast("Any", None), account, cast("Any", None), heard.append)
    with hands._waiting():
        pass
    assert account.waited == 0.0
    with pytest.raises(KeyError), hands._waiting() as on_wait:
        raise KeyError(on_wait(3.0))
    assert (account.waited, heard) == (2.5, [3.0])


def test_a_step_tells_how_long_it_waited_and_when_it_began() -> None:
    course = Course("run", "task", (("sign_in", "sign in"),))
    course.clock -= 5
    line = course.begin("1", "sign_in", "sign in")
    course.waited(line, 2.0)
    course.waited(line, 0.5)
    course.done(line, "signed_in", 3.0, failed=False)
    (told,) = Report.from_json(course.report().to_json()).steps
    assert told.waited == 2.5
    assert told.began == pytest.approx(5, abs=1)


def test_what_an_older_report_does_not_tell_is_nothing() -> None:
    step = SimpleNamespace(index=0, type="goto", title="t", status="passed", outcome="passed")
    old = '{"run_id": "r", "task": "t", "status": "failed", "outcome": "x", "artifacts": [], '
    old += f'"steps": [{str(vars(step) | {"seconds": 1.0}).replace(chr(39), chr(34))}]}}'
    (told,) = Report.from_json(old).steps
    assert (told.began, told.waited) == (0.0, 0.0)
