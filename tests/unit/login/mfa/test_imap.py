"""Which message answers this sign-in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import pytest

from agent.login.account import CodeSource
from agent.login.mailbox import Letter
from agent.login.mfa.imap import code_from

if TYPE_CHECKING:
    from agent.login.second_factor import Desk

NOW = 1_800_000_000.0
SOURCE = CodeSource("imap", cast("Desk", None), sender="no-reply@hotel.example")
RIGHT = Letter(7, ("no-reply@hotel.example",), "Your code", "482913", NOW + 2, NOW + 1)


def test_a_message_of_the_sender_since_the_sign_in_began_answers_it() -> None:
    assert code_from(RIGHT, SOURCE, NOW) == "482913"


@pytest.mark.parametrize(
    "other",
    [
        replace(RIGHT, arrived=NOW - 3600),
        replace(RIGHT, sent=NOW - 3600),
        replace(RIGHT, senders=("no-reply@evil.example",)),
        replace(RIGHT, senders=("no-reply@hotel.example", "no-reply@evil.example")),
        replace(RIGHT, senders=()),
        replace(RIGHT, subject="Welcome", text="Rooms from 199 EUR"),
    ],
)
def test_every_other_message_is_passed_over(other: Letter) -> None:
    assert code_from(other, SOURCE, NOW) is None


def test_a_clock_that_is_a_minute_late_does_not_hide_the_code() -> None:
    assert code_from(replace(RIGHT, arrived=NOW - 60, sent=None), SOURCE, NOW) == "482913"


def test_a_whole_domain_may_be_named_and_is_not_the_end_of_another_name() -> None:
    source = replace(SOURCE, sender="@Hotel.example")
    assert code_from(RIGHT, source, NOW) == "482913"
    evil = replace(RIGHT, senders=("a@evilhotel.example",))
    assert code_from(evil, source, NOW) is None


def test_the_subject_is_asked_for_where_it_is_named() -> None:
    source = replace(SOURCE, subject="sign-in CODE")
    assert code_from(RIGHT, source, NOW) is None
    assert code_from(replace(RIGHT, subject="Your Sign-in code"), source, NOW) == "482913"
