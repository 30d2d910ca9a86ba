from __future__ import annotations

import pytest

from agent.artifacts.sensitive import is_plain, is_sensitive_name, looks_like_token


@pytest.mark.parametrize(
    "name",
    ["password", "passwd", "user_pass", "csrf-token", "X-Api-Key", "code", "state", "otp_code",
     "sessionId", "id_token", "SAMLResponse", "client_secret", "authorization", "sid"],
)  # fmt: skip
def test_names_that_hold_secrets_by_custom(name: str) -> None:
    assert is_sensitive_name(name)


@pytest.mark.parametrize(
    "name", ["date", "q", "country_code", "page", "username", "status", "keyboard", "passenger"]
)
def test_names_that_do_not(name: str) -> None:
    assert not is_sensitive_name(name)


def test_a_word_is_never_looked_for_everywhere() -> None:
    assert not looks_like_token("settings")
    assert not looks_like_token("a1b2c3")
    assert looks_like_token("a1b2c3d4")


def test_what_a_site_shows_in_a_secrets_place_is_no_token() -> None:
    """A site's bodies that hold "**********" kept a whole trace from being shown to be clean."""
    assert not looks_like_token("**********")
    assert not looks_like_token("0000-0000-0000")


def test_a_moment_is_no_token() -> None:
    """WordPress keeps the time of a visit in a cookie, and a trace has the same second in it."""
    assert not looks_like_token("1795348793")
    assert not looks_like_token("1795348793123")
    assert looks_like_token("17953487931")
    assert looks_like_token("9795348793")


def test_dates_and_words_are_plain() -> None:
    assert all(map(is_plain, ["2026-11-22", "checked-in", "short", "two words here"]))
    assert not is_plain("k3s9-d02k-44")
