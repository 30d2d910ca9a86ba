from __future__ import annotations

import pytest

from agent.errors import UsageError
from agent.vault.fields import LONGEST, check_fields, check_name, check_one_line, did_you_mean
from agent.vault.secret_types.login import Login


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"username": "u"}, "needs password"),
        ({"username": "u", "password": "p", "pasword": "p"}, "did you mean password"),
        ({"username": "", "password": "p"}, "username is empty"),
        ({"username": "u", "password": " \t"}, "password is empty"),
        ({"username": "u", "password": 7}, "password is not text"),
        ({"username": "u", "password": None}, "password is not text"),
        ({"username": "u", "password": "p" * (LONGEST + 1)}, "longer than"),
        ({"username": "u", "password": "p\0"}, "no text"),
        ({"username": "u", "password": "p\ud800"}, "no text"),
    ],
)
def test_what_is_wrong_with_a_field_is_said(fields: dict[str, str], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        check_fields(Login, fields)


@pytest.mark.parametrize("value", ["p\n", "p\r", "\tp", "p\x7f", "p\x1b[0m"])
def test_a_control_character_is_refused_where_a_page_cannot_hold_it(value: str) -> None:
    with pytest.raises(UsageError, match="line break"):
        check_one_line({"password": value}, ["password"])


@pytest.mark.parametrize("value", [" p ", "p\u00e4ss", "\U0001f600", "a\u2028b"])
def test_everything_else_a_person_may_choose_is_kept(value: str) -> None:
    check_one_line({"password": value}, ["password"])
    assert check_fields(Login, {"username": "u", "password": value})["password"] == value


@pytest.mark.parametrize("name", ["", " ", "a ", "a\nb", "a\x1bb", "a\u202eb", "x" * 121])
def test_a_name_that_cannot_be_shown_is_refused(name: str) -> None:
    with pytest.raises(UsageError):
        check_name(name)


def test_the_nearest_word_is_offered_or_none() -> None:
    assert did_you_mean("pasword", ["username", "password"]) == "; did you mean password?"
    assert did_you_mean("zzz", ["username"]) == ""
