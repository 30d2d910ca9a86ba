"""Times and lengths in words."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from agent.api.dashboard.words import moment, seconds, took, when


@pytest.mark.parametrize(
    ("length", "said"), [(0.42, "0.4 s"), (12.3, "12 s"), (185.2, "3 min 05 s")]
)
def test_a_length_is_as_exact_as_it_is_short(length: float, said: str) -> None:
    assert seconds(length) == said


def test_moments_are_in_utc() -> None:
    assert when(0.0) == "1970-01-01 00:00:00 UTC"
    assert moment("2026-11-22T09:00:00.5+02:00") == "2026-11-22 07:00:00 UTC"


def test_a_run_that_goes_on_took_nothing_yet() -> None:
    assert took(SimpleNamespace(started_at=1.0, finished_at=None)) == ""
    assert took(SimpleNamespace(started_at=1.0, finished_at=3.5)) == "2.5 s"
