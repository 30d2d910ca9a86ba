"""Beginnings of a value beside the value: marked where it grew, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.artifacts.growing import grown_marked, mark_growing, without_growing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.vault.open import RunSecrets

MARK = "‹LOGIN.password›"


@pytest.fixture
def known(secrets: RunSecrets) -> RunSecrets:
    secrets.learn("LOGIN.password", 'hotel"S3cret')
    return secrets


def grown(texts: list[str], secrets: RunSecrets) -> list[str]:
    """What is left of texts in which the whole value was marked already."""
    leaves = [(texts, place) for place in range(len(texts))]
    mark_growing(leaves, secrets.redactor)
    return texts


def test_what_was_typed_letter_by_letter_goes_with_the_whole(known: RunSecrets) -> None:
    typed = ["h", "ho", "hotel", 'hotel"S3cre', MARK, 'hotel"', "h"]
    assert grown(typed, known) == [MARK] * 7
    shown = [f"field holds {text}." for text in ("hot", 'hotel"S3', MARK)]
    assert grown(shown, known) == [f"field holds {MARK}."] * 3
    told = [f'{{"q":"{text}"}}' for text in ('hotel\\"S', MARK)]
    assert grown(told, known) == [f'{{"q":"{MARK}"}}'] * 2


def test_a_beginning_away_from_the_value_is_a_word_like_any_other(known: RunSecrets) -> None:
    assert grown(["hotel", "a guest", MARK], known) == ["hotel", "a guest", MARK]
    assert grown(["the hotel", "no", f"the {MARK}"], known)[0] == "the hotel"
    assert grown(["my hotel", f"the {MARK}"], known)[0] == "my hotel", "another place"
    assert grown(["hostel", MARK], known)[0] == "hostel"
    assert grown(["hotel", "‹OTHER.name›"], known)[0] == "hotel", "another value"
    assert grown(["", MARK, ""], known) == ["", MARK, ""]


def test_lines_that_are_split_over_parts_are_seen_together(known: RunSecrets) -> None:
    parts = [b"say hot\nsay hotel\n", f"say {MARK}\nthe hotel\n".encode()]
    text = b"".join(without_growing(iter(parts), known.redactor)).decode()
    assert text == f"say {MARK}\nsay {MARK}\nsay {MARK}\nthe hotel\n"


def test_what_is_no_text_stays_as_it_is_and_in_its_order(known: RunSecrets) -> None:
    parts = [b"one\n", b"\xff\xfe\n", b"two\n"]
    assert b"".join(without_growing(iter(parts), known.redactor)) == b"one\n\xff\xfe\ntwo\n"


def test_of_a_long_text_the_lines_leave_in_order(known: RunSecrets) -> None:
    lines = [f"line {number}\n".encode() for number in range(3000)]
    parts = (b"".join(lines[at : at + 100]) for at in range(0, 3000, 100))
    assert b"".join(without_growing(parts, known.redactor)) == b"".join(lines)


class Texts:
    """Gives each text once and counts how many were taken."""

    def __init__(self, texts: list[str]) -> None:
        self._texts = texts
        self.taken = 0

    def __iter__(self) -> Iterator[str]:
        for text in self._texts:
            self.taken += 1
            yield text


@pytest.mark.parametrize(
    ("letters", "many", "most"),
    [(10, 3000, 1024), (600_000, 40, 7), (5_000_000, 5, 1)],
)
def test_no_more_texts_wait_than_may_be_held_and_none_is_lost(
    known: RunSecrets, letters: int, many: int, most: int
) -> None:
    texts = Texts([f"{number}".ljust(letters, ".") for number in range(many)])
    begun = grown_marked(texts, known.redactor)
    first = next(begun)
    assert texts.taken == most, "the first is given as soon as so many wait"
    ahead, given = 0, [first]
    for text in begun:
        given.append(text)
        ahead = max(ahead, texts.taken - len(given))
    assert ahead < most
    assert given == texts._texts


def test_what_grew_over_the_edge_of_what_is_held_is_marked_all_the_same(known: RunSecrets) -> None:
    before = ["a guest"] * 1020
    typed = ["h", "ho", "hot", "hote", "hotel", 'hotel"S3', MARK]
    assert [*grown_marked([*before, *typed], known.redactor)] == [*before, *[MARK] * 7]
