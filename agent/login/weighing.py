"""Weigh what was found with the weights of ``weights.json``.

They were learned from annotated pages by ``benchmarks/train_forms.py``; each model is a table of
weights by property, one table per class where there are several classes.
"""

from __future__ import annotations

import json
import math
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Weights:
    """The tables of weights, by model and class."""

    def __init__(self, tables: Mapping[str, Mapping[str, Mapping[str, float]]]) -> None:
        self._tables = tables

    def score(self, model: str, name: str, features: Iterable[str]) -> float:
        """Add up the weights of one class of a model for the properties that hold."""
        table = self._tables[model][name]
        return table.get("", 0.0) + sum(table.get(feature, 0.0) for feature in features)

    def shares(self, model: str, features: Iterable[str], names: Iterable[str]) -> dict[str, float]:
        """Share one between some classes of a model: how likely each is."""
        held = list(features)
        return softmax({name: self.score(model, name, held) for name in names})


def softmax(scores: Mapping[str, float]) -> dict[str, float]:
    """Turn scores into shares of one."""
    top = max(scores.values())
    powers = {name: math.exp(score - top) for name, score in scores.items()}
    total = sum(powers.values())
    return {name: power / total for name, power in powers.items()}


@cache
def weights() -> Weights:
    """Load the weights once: they are part of the package."""
    text = files(__package__).joinpath("weights.json").read_text("utf-8")
    document: dict[str, Any] = json.loads(text)
    return Weights(document["models"])
