from __future__ import annotations

import pytest
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout

from agent.browser.translate import translated_errors, translated_launch
from agent.errors import BrowserMissing, DisplayMissing, RunnerError, SiteUnreachable, StepFailed
from agent.vault.redactor import Redactor

SECRET = "hunter2-S3cret-XYZ"


@pytest.fixture
def redactor() -> Redactor:
    made = Redactor()
    made.add("LOGIN.password", SECRET)
    return made


def raised(error: PlaywrightError, redactor: Redactor) -> RunnerError:
    with pytest.raises(RunnerError) as caught, translated_errors(redactor):
        raise error
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    return caught.value


def test_a_time_out_is_a_failed_step_without_its_call_log(redactor: Redactor) -> None:
    error = PlaywrightTimeout(
        f'Locator.fill: Timeout 30ms exceeded.\nCall log:\n  fill("{SECRET}")'
    )
    translated = raised(error, redactor)
    assert type(translated) is StepFailed
    assert SECRET not in str(translated)
    assert "Call log" not in str(translated)


def test_a_value_in_the_first_line_is_marked(redactor: Redactor) -> None:
    translated = raised(PlaywrightError(f'no element "{SECRET}"'), redactor)
    assert str(translated) == 'no element "‹LOGIN.password›"'


def test_queries_fragments_and_user_names_of_addresses_are_cut(redactor: Redactor) -> None:
    message = "navigating to https://me:pw@h.example/a?token=1#access_token=2 was interrupted"
    assert str(raised(PlaywrightError(message), redactor)) == (
        "navigating to https://h.example/a was interrupted"
    )


@pytest.mark.parametrize(
    ("net", "reason"),
    [
        ("ERR_CONNECTION_REFUSED", "nothing answers"),
        ("ERR_NAME_NOT_RESOLVED", "no such host"),
        ("ERR_SOMETHING_NEW", "ERR_SOMETHING_NEW"),
    ],
)
def test_a_site_that_does_not_answer_is_unreachable(
    net: str, reason: str, redactor: Redactor
) -> None:
    translated = raised(PlaywrightError(f"Page.goto: net::{net} at https://h/?q=1"), redactor)
    assert type(translated) is SiteUnreachable
    assert reason in str(translated)


def test_a_request_we_stopped_ourselves_is_not_the_sites_fault(redactor: Redactor) -> None:
    translated = raised(PlaywrightError("net::ERR_BLOCKED_BY_CLIENT at https://h/"), redactor)
    assert type(translated) is StepFailed


def test_a_closed_page_is_said_in_our_words(redactor: Redactor) -> None:
    message = "Page.click: Target page, context or browser has been closed"
    assert "was closed" in str(raised(PlaywrightError(message), redactor))


def test_other_errors_pass(redactor: Redactor) -> None:
    with pytest.raises(ZeroDivisionError), translated_errors(redactor):
        raise ZeroDivisionError


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (
            "Looks like you launched a headed browser without having a XServer running.",
            DisplayMissing,
        ),
        ("ERROR: Missing X server or $DISPLAY", DisplayMissing),
        ("Chromium sandboxing failed!", BrowserMissing),
        ("Failed to launch: Error: spawn /x ENOENT", BrowserMissing),
    ],
)
def test_a_browser_that_does_not_start_is_an_unfit_machine(
    message: str, kind: type[RunnerError]
) -> None:
    with pytest.raises(kind), translated_launch("/x"):
        raise PlaywrightError(message)
