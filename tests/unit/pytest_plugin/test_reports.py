from __future__ import annotations

from types import SimpleNamespace

import pytest

from agent.pytest_plugin.reports import mask, summary
from agent.vault.open import RunSecrets

VALUE = "hunter2-S3cret"


@pytest.fixture
def secrets() -> RunSecrets:
    known = RunSecrets(())
    known.learn("LOGIN.password", VALUE)
    return known


def report(longrepr: object) -> pytest.TestReport:
    return pytest.TestReport("a::b", ("a", 1, "b"), {}, "failed", longrepr, "call")  # type: ignore[arg-type] - any form


def failure() -> pytest.ExceptionInfo[AssertionError]:
    def fails(typed: str) -> None:
        assert typed == "else"

    with pytest.raises(AssertionError) as caught:
        fails(VALUE)
    return caught


@pytest.mark.parametrize("style", ["long", "short", "line", "native", "value"])
def test_a_traceback_in_every_style_shows_marks(style: str, secrets: RunSecrets) -> None:
    told = report(failure().getrepr(showlocals=True, style=style))  # type: ignore[arg-type] - as listed
    assert VALUE in told.longreprtext
    mask(told, secrets)
    assert VALUE not in told.longreprtext
    assert "‹LOGIN.password›" in told.longreprtext


def test_what_was_parts_stays_parts_so_that_summaries_work(secrets: RunSecrets) -> None:
    told = report(failure().getrepr(showlocals=True))
    mask(told, secrets)
    crash = told.longrepr.reprcrash  # type: ignore[union-attr] - it has one
    assert crash.message.startswith("AssertionError: assert '‹LOGIN.password›' == 'else'")


def test_a_report_without_a_value_is_left_as_it_is(secrets: RunSecrets) -> None:
    with pytest.raises(ValueError, match="nothing") as caught:
        raise ValueError("nothing")
    shown = caught.getrepr()
    told = report(shown)
    mask(told, secrets)
    assert told.longrepr is shown


def test_sections_properties_and_the_reason_of_a_skip_are_masked(secrets: RunSecrets) -> None:
    told = report(("a", 1, f"not with {VALUE}"))
    told.sections = [("Captured stdout", f"typed {VALUE}")]
    told.user_properties = [("typed", VALUE), ("count", 3)]
    mask(told, secrets)
    assert told.longrepr == ("a", 1, "not with ‹LOGIN.password›")
    assert told.sections == [("Captured stdout", "typed ‹LOGIN.password›")]
    assert told.user_properties == [("typed", "‹LOGIN.password›"), ("count", 3)]


def test_the_summary_counts_what_the_reports_name() -> None:
    named = SimpleNamespace(
        user_properties=[
            ("playwright_trace", "x/trace.zip"),
            ("runner_recording", "x/trace.zip"),
            ("runner_recording", "x/video.webm.withheld.json"),
        ]
    )
    assert list(summary({"": [named], "passed": [object()]})) == [
        "slotrunner: 1 recordings cleaned, 1 withheld"
    ]
    assert list(summary({"": []})) == []
