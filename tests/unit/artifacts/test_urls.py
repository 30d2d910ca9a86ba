from __future__ import annotations

import pytest

from agent.artifacts.urls import clean_url, clean_urls_in, query_pairs


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("https://h.example/guests?date=2026-11-22&q=ok", None),
        ("https://h.example/guests?page=checked-in#top", None),
        ("/styles.css?v=12345678", "/styles.css?v=[REDACTED]"),
        ("https://h.example/?token=abc", "https://h.example/?token=[REDACTED]"),
        (
            "https://h.example/cb?code=x&state=y",
            "https://h.example/cb?code=[REDACTED]&state=[REDACTED]",
        ),
        ("https://h.example/#access_token=a.b.c", "https://h.example/#access_token=[REDACTED]"),
        ("https://user:pw@h.example/x", "https://h.example/x"),
        ("//user@h.example/x", "//h.example/x"),
        ("data:image/png;base64,AAAA", "data:,"),
        ("/reset/eyJhbGciOiJIUzI1NiJ9.e30.abc", "/reset/[REDACTED]"),
        ("/?Zm9vYmFyYmF6cXV4MTIz", "/?[REDACTED]"),
        ("", None),
    ],
)
def test_a_url_keeps_only_what_is_plain(url: str, clean: str | None) -> None:
    assert clean_url(url) == (url if clean is None else clean)


def test_cleaning_a_url_twice_changes_nothing_more() -> None:
    once = clean_url("https://h.example/a?token=abcdefgh12#x=9f8e7d6c5b")
    assert clean_url(once) == once


def test_urls_inside_a_sentence_are_cleaned() -> None:
    text = 'navigated to "https://h.example/#id_token=a.b.c", then data:text/plain,hello done'
    assert clean_urls_in(text) == (
        'navigated to "https://h.example/#id_token=[REDACTED]", then data:, done'
    )


def test_pairs_are_read_decoded_from_query_and_fragment() -> None:
    assert query_pairs("/a?x=1%2B2&y=a+b#z=3") == [("x", "1+2"), ("y", "a b"), ("z", "3")]
