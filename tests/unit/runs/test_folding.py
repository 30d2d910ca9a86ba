from __future__ import annotations

import pytest

from agent.runs.folding import folded, folded_url


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("at 2026-11-22T12:01:03.250Z", "at 2027-01-01T00:00:00Z"),
        ("on 22 November 2026", "on 1 Jan 2027"),
        ("Nov 22, 2026", "Feb 3, 2027"),
        ("10:05 pm", "9:59:13"),
        ("took 12.5 ms", "took 7 ms"),
        ("stamp 1795351601", "stamp 1795351999123"),
        ("0b6c6a3e-0000-4000-8000-000000000001", "0B6C6A3E-1111-4000-8000-00000000000f"),
        ("etag 5d41402abc4b2a76b9719d911017c592", "etag 7d793037a0760186574b0282f2f435e7"),
        ("key Zx81kQ-9pLm2_vT7aB3cD4", "key Qw12eR34tY56uI78oP90as"),
        ("http://127.0.0.1:4179/x", "http://127.0.0.1:80/x"),
        ("localhost:3000", "localhost:50000"),
    ],
)  # fmt: skip
def test_what_is_another_each_time_is_folded(one: str, other: str) -> None:
    assert one != other
    assert folded(one) == folded(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("‹LOGIN.password›", "‹OTHER.password›"),
        ("9 stays", "10 stays"),
        ("room 407", "room 408"),
        ("Total 1,250.00", "Total 1,350.00"),
        ("the-very-long-name-of-a-product", "the-very-long-name-of-a-thing"),
        ("internationalisation", "internationalization"),
        ("https://a.example:8443/", "https://a.example:9443/"),
    ],
)
def test_what_a_person_would_call_different_stays_so(one: str, other: str) -> None:
    assert folded(one) != folded(other)


def test_marks_of_values_stay_as_they_are() -> None:
    assert folded("user ‹MANAGEMENT_LOGIN.username›") == "user ‹MANAGEMENT_LOGIN.username›"


def test_numbers_that_are_a_part_of_an_address_are_ids() -> None:
    assert folded_url("https://a.example/orders/12345/x?id=987#t") == folded_url(
        "https://a.example/orders/54321/x?id=1234#t"
    )
    assert folded_url("https://a.example/v2/orders") != folded_url("https://a.example/v3/orders")
    assert folded_url("https://a.example/?page=2") != folded_url("https://a.example/?page=3")
