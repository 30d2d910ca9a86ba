"""How a run is told in the words of the client ``indices``."""

from __future__ import annotations

import pytest

from agent.api.indices_shapes import run_out
from agent.runs.report import ErrorLine, Report
from agent.runs.run import Run
from agent.runs.states import State


def told(state: State, code: str = "", outcome: str = "passed") -> tuple[str, str | None]:
    run = Run("r", "Guests", state, "{}", 1.0, started_at=2.0, task_id="t", task_version=1)
    error = ErrorLine(code, "why", "what to do") if code else None
    shown = run_out(run, Report("r", "Guests", state.value, outcome, error=error))
    return shown.status, shown.error.type if shown.error else None


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (State.QUEUED, "pending"),
        (State.RUNNING, "running"),
        (State.SUCCEEDED, "success"),
        (State.CANCELLED, "internal_error"),
        (State.INTERRUPTED, "internal_error"),
    ],
)
def test_a_state_is_one_of_its_words(state: State, status: str) -> None:
    assert told(state) == (status, None)


@pytest.mark.parametrize(
    ("code", "outcome", "kind"),
    [
        ("login_failed", "bad_credentials", "auth_required"),
        ("login_failed", "captcha", "anti_bot"),
        ("site_unreachable", "site_unreachable", "site_unavailable"),
        ("step_failed", "step_failed", "site_changed"),
        ("secret_frozen", "secret_frozen", "auth_required"),
        ("environment", "environment", "unhandled"),
    ],
)
def test_a_failure_has_one_of_its_reasons(code: str, outcome: str, kind: str) -> None:
    assert told(State.FAILED, code, outcome) == ("connector_error", kind)


def test_a_run_that_took_too_long_is_a_status_of_its_own() -> None:
    assert told(State.FAILED, "timeout", "timeout") == ("timed_out", None)
