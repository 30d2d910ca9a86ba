"""Learn weights of named properties: softmax over the options of a choice, drawn towards zero.

Plain Python on purpose: there are few pages, and the same weights come out on every machine.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ROUNDS = 150
_RATE = 0.15
_KEEP, _KEEP_SQUARES = 0.9, 0.99
_RARE = 3  # examples a property must hold in to say anything
_SMALL, _DIGITS = 0.005, 3
_DOUBTED = 0.1  # share given to the annotated option, below which it is taken for a slip

Table = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Example:
    """One choice to learn from: for each option its class and properties, and the right one."""

    options: Sequence[tuple[str, frozenset[str]]]
    right: int


def learn(
    examples: Sequence[Example],
    pull: float,
    guesses: Mapping[str, Mapping[str, float]] | None = None,
) -> Table:
    """Learn the weights of every class by Adam; ``pull`` is how strongly they are held.

    They are held to the first ``guesses``, else to zero; the bias of a class, under the empty name,
    is not held. Examples that the weights of all contradict plainly are left out of a second round:
    people annotate by hand, and a form called its contrary bends the weights more than ten others.
    """
    names = _numbered(examples)
    rows = [
        ([[names[key] for key in _keys(option) if key in names] for option in ex.options], ex.right)
        for ex in examples
    ]
    free = {number for (_, feature), number in names.items() if not feature}
    known = guesses or {}
    start = [0.0] * len(names)
    for (name, feature), number in names.items():
        start[number] = known.get(name, {}).get(feature, 0.0)
    weights = _descend(rows, start, (pull, free))
    kept = [row for row in rows if _share(*row, weights) >= _DOUBTED]
    weights = _descend(kept, start, (pull, free))
    table: Table = {name: {"": 0.0} for ex in examples for name, _ in ex.options}
    for (name, feature), number in sorted(names.items()):
        if abs(weights[number]) >= _SMALL:
            table[name][feature] = round(weights[number], _DIGITS)
    return table


def _keys(option: tuple[str, frozenset[str]]) -> list[tuple[str, str]]:
    name, features = option
    return [(name, ""), *((name, feature) for feature in sorted(features))]


def _numbered(examples: Sequence[Example]) -> dict[tuple[str, str], int]:
    seen: Counter[str] = Counter()
    for ex in examples:
        seen.update(frozenset().union(*(features for _, features in ex.options)))
    keys = sorted({key for ex in examples for option in ex.options for key in _keys(option)})
    kept = [key for key in keys if not key[1] or seen[key[1]] >= _RARE]
    return {key: number for number, key in enumerate(kept)}


def _descend(
    rows: list[tuple[list[list[int]], int]], start: list[float], rule: tuple[float, set[int]]
) -> list[float]:
    pull, free = rule
    weights, size = list(start), len(start)
    first, second = [0.0] * size, [0.0] * size
    for turn in range(1, _ROUNDS + 1):
        slopes = [pull * (weight - held) for weight, held in zip(weights, start, strict=True)]
        for at in free:
            slopes[at] = 0.0
        for options, right in rows:
            _add_slopes(options, right, weights, slopes)
        rate = _RATE * (1.0 - 0.9 * turn / _ROUNDS)
        for at, slope in enumerate(slopes):
            first[at] = _KEEP * first[at] + (1 - _KEEP) * slope
            second[at] = _KEEP_SQUARES * second[at] + (1 - _KEEP_SQUARES) * slope * slope
            mean = first[at] / (1 - _KEEP**turn)
            spread = math.sqrt(second[at] / (1 - _KEEP_SQUARES**turn)) + 1e-8
            weights[at] -= rate * mean / spread
    return weights


def _add_slopes(
    options: list[list[int]], right: int, weights: list[float], slopes: list[float]
) -> None:
    for number, (option, share) in enumerate(zip(options, _shares(options, weights), strict=True)):
        slope = share - (number == right)
        if abs(slope) > 1e-5:
            for at in option:
                slopes[at] += slope


def _share(options: list[list[int]], right: int, weights: list[float]) -> float:
    return _shares(options, weights)[right]


def _shares(options: list[list[int]], weights: list[float]) -> list[float]:
    scores = [sum([weights[at] for at in option]) for option in options]
    top = max(scores)
    powers = [math.exp(score - top) for score in scores]
    total = sum(powers)
    return [power / total for power in powers]
