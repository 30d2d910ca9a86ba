"""Texts in a row: a value over several of them is marked, however many lie before it."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from agent.artifacts import lanes
from agent.artifacts.lanes import Lane
from agent.artifacts.trace_snapshots import mark_joined
from tests.unit.artifacts.conftest import PASSWORD, USERNAME

if TYPE_CHECKING:
    from agent.vault.open import RunSecrets


def marked(texts: list[str], secrets: RunSecrets) -> list[str]:
    lane = Lane(secrets.redactor)
    for text in texts:
        lane.add(text)
    lane.close()
    return [lane.marked(text) for text in texts]


def cut(text: str, dice: random.Random, most: int) -> list[str]:
    parts = []
    while text:
        size = dice.randint(1, most)
        parts.append(text[:size])
        text = text[size:]
    return parts


@pytest.mark.parametrize("seed", range(10))
def test_a_row_is_marked_as_when_it_is_held_whole(secrets: RunSecrets, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - the same rows each time
    words = ["the guests ", "of today ", PASSWORD, USERNAME, PASSWORD + USERNAME, "\u00e9\u4e2d "]
    texts = cut("".join(dice.choices(words, k=40)), dice, 15)
    held = [[text] for text in texts]
    mark_joined([(text, 0) for text in held], secrets.redactor)
    assert marked(texts, secrets) == [text for (text,) in held]


@pytest.mark.parametrize("before", [0, 1000, 1020, 4090, 4096, 5110, 5120, 5130, 10_230, 20_003])
def test_a_value_on_the_edge_of_a_piece_is_found(
    secrets: RunSecrets, before: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "_PIECE", 4096)
    monkeypatch.setattr(lanes, "_MARGIN", 1024)
    half = len(PASSWORD) // 2
    texts = ["x" * before, PASSWORD[:half], PASSWORD[half:], " z w" * 2500]
    clean = marked(texts, secrets)
    assert clean == [texts[0], "\u2039LOGIN.password\u203a", "", texts[3]]


def test_short_texts_without_a_value_stay(secrets: RunSecrets) -> None:
    texts = ["", "a", "", "b" * 40_000, ""]
    assert marked(texts, secrets) == texts
