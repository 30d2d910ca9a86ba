"""Weights that are learned from examples, some of them annotated wrongly."""

from __future__ import annotations

import pytest

from benchmarks import learning
from benchmarks.learning import Example, learn


def _example(feature: str, right: int) -> Example:
    features = frozenset({feature})
    return Example([("login", features), ("signup", features)], right)


EXAMPLES = [_example("says log in", 0)] * 40 + [_example("says sign up", 1)] * 40
SLIPS = [_example("says log in", 1)] * 2


def _weight(examples: list[Example]) -> float:
    return learn(examples, 1.0)["login"]["says log in"]


def test_a_few_examples_called_their_contrary_do_not_bend_the_weights() -> None:
    assert _weight(EXAMPLES + SLIPS) == pytest.approx(_weight(EXAMPLES), abs=0.02)


def test_without_leaving_them_out_they_would(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "_DOUBTED", 0.0)
    assert _weight(EXAMPLES + SLIPS) < _weight(EXAMPLES) - 0.1


def test_what_is_really_undecided_is_kept() -> None:
    mixed = [_example("says nothing", 0)] * 20 + [_example("says nothing", 1)] * 10
    with_half = learn(EXAMPLES + mixed, 1.0)
    assert with_half["login"]["says nothing"] > 0.05
