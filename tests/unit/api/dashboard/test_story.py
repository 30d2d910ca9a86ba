"""What a run's page says of what a run waits for."""

from __future__ import annotations

from agent.api.dashboard.story import log_of, waiting_in
from agent.runs.events import REQUEUED, STARTED, RunEvent
from agent.runs.takeovers import NEEDS_PERSON, TAKEN_OVER, WENT_ON

WAITS = "It waits for a person."


def waiting(*kinds: str) -> str:
    return waiting_in([RunEvent(at, float(at), kind) for at, kind in enumerate(kinds, 1)])


def test_a_run_waits_for_a_person_until_it_goes_on() -> None:
    assert waiting(STARTED, NEEDS_PERSON) == WAITS
    assert waiting(STARTED, NEEDS_PERSON, TAKEN_OVER, "notice") == WAITS
    assert waiting(STARTED, NEEDS_PERSON, TAKEN_OVER, WENT_ON, "notice") == ""


def test_a_run_that_was_queued_again_waits_for_nobody_any_more() -> None:
    assert waiting(STARTED, NEEDS_PERSON, REQUEUED) == ""
    assert waiting(STARTED, NEEDS_PERSON, REQUEUED, STARTED) == ""
    assert waiting(STARTED, NEEDS_PERSON, REQUEUED, STARTED, NEEDS_PERSON) == WAITS


def test_a_run_that_is_begun_again_says_why_and_when() -> None:
    why = {"why": "nothing answers at http://hotel.example", "after": 10.0}
    lines = log_of([RunEvent(1, 0.0, REQUEUED, why), RunEvent(2, 1.0, REQUEUED)])
    assert [line.text for line in lines] == [
        "nothing answers at http://hotel.example; begun again in 10 s",
        "its worker went away; queued again",
    ]
