"""Every outcome has its sentence; every failure has a hint and the login's exit code."""

from __future__ import annotations

from pathlib import Path

from agent.login.outcome import MEANINGS, Outcome, login_failed


def test_every_outcome_has_a_meaning_and_every_failure_a_hint() -> None:
    assert set(MEANINGS) == set(Outcome)
    assert all(MEANINGS[outcome].message for outcome in Outcome)
    assert all(MEANINGS[outcome].hint for outcome in Outcome if not outcome.succeeded)


def test_a_failed_login_says_what_the_site_said_and_not_too_much_of_it() -> None:
    failed = login_failed(Outcome.LOCKED, "x" * 500, detail="Seen twice.")
    assert failed.exit_code == 6
    assert failed.outcome == "locked"
    assert failed.message.startswith(
        MEANINGS[Outcome.LOCKED].message + " Seen twice. It said: “xxx"
    )
    assert len(failed.message) < 250
    assert failed.hint == MEANINGS[Outcome.LOCKED].hint


def test_the_page_about_signing_in_lists_every_outcome_with_its_exit_code() -> None:
    page = Path(__file__).parents[3].joinpath("docs", "login.md").read_text("utf-8")
    for outcome, meaning in MEANINGS.items():
        assert f"| `{outcome}` | {outcome.exit_code} | {meaning.message} |" in page
        assert meaning.hint[1:] in page


def test_a_hint_that_knows_better_replaces_the_outcomes() -> None:
    assert login_failed(Outcome.MFA_REJECTED, hint="set the clock").hint == "set the clock"
