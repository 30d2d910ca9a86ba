"""No fact can hold a text that somebody wrote."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.artifacts.kinds import KINDS
from agent.steps import STEPS
from agent.telemetry.facts import (
    _KINDS,
    _METHODS,
    OUTCOME,
    RUN,
    SECONDS,
    STATE,
    STATUS,
    STEP,
    _known_routes,
    facts,
    know_routes,
    outcomes,
)
from agent.vault.policy import LIVE, TEST

CANARY = "CANARY-pw-4711"
ANYTHING = st.one_of(
    st.text(),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.binary(),
    st.none(),
    st.lists(st.text()),
)


def test_known_words_are_told_as_they_are() -> None:
    run = str(uuid.uuid4())
    given_facts = {RUN: run, STATE: "failed", OUTCOME: "bad_credentials", STEP: "sign_in"}
    assert facts(given_facts | {SECONDS: 1.5, STATUS: 503}) == given_facts | {
        SECONDS: 1.5,
        STATUS: 503,
    }


@pytest.mark.parametrize("key", sorted(_KINDS))
def test_a_text_that_somebody_wrote_comes_through_no_key(key: str) -> None:
    for written in (CANARY, [CANARY], {CANARY: 1}, CANARY.encode(), f"{uuid.uuid4()}{CANARY}"):
        assert CANARY not in str(facts({key: written}))


def words_of_the_program() -> set[str]:
    return {"other", *outcomes(), *STEPS, *KINDS, *_METHODS, TEST, LIVE, *_known_routes}


@pytest.mark.parametrize("key", sorted(_KINDS))
@given(written=ANYTHING)
def test_whatever_is_given_only_words_of_the_program_ids_and_numbers_come_out(
    key: str, written: object
) -> None:
    for fact in facts({key: written}).values():
        if key == RUN:
            assert fact == str(uuid.UUID(str(fact)))
        elif isinstance(fact, str):
            assert fact in words_of_the_program()
        else:
            assert 0 <= fact <= 1e9


def test_a_key_without_a_kind_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        facts({"slotrunner.task.name": "Guests"})


def test_a_path_is_told_only_as_a_pattern_that_was_made_known() -> None:
    know_routes(frozenset({"/test/{run_id}"}))
    assert facts({"http.route": "/test/{run_id}"}) == {"http.route": "/test/{run_id}"}
    assert facts({"http.route": f"/test/{CANARY}"}) == {"http.route": "other"}


def test_the_words_of_every_error_and_every_end_of_a_sign_in_are_known() -> None:
    assert {"passed", "signed_in", "totp_busy", "artifact_withheld", "stopped"} < outcomes()
