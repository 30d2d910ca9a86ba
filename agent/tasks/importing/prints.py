"""Knows a text again by its print, without knowing the text."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from agent.tasks.importing.recording import Print

if TYPE_CHECKING:
    from collections.abc import Sequence

SHORTEST = 3  # what is shorter stands in any text
_FACTORS = (2654435761, 1597334677)
_SHIFTS = (15, 13)
_MASK = 0xFFFFFFFF


def print_of(text: str, keys: tuple[int, int]) -> Print:
    """Make the print of a text, as ``agent/browser/recorder.js`` makes it."""
    units = _units(text)
    return Print(len(units), _numbers(units, keys), keys)


def repeats(text: str, sought: Print) -> bool:
    """Tell whether a text, or what it stands for in an address, holds the one of the print."""
    return any(_holds(_units(one), sought) for one in {text, unquote_plus(text)})


def _holds(units: Sequence[int], sought: Print) -> bool:
    ends = range(sought.length, len(units) + 1)
    return any(
        _numbers(units[end - sought.length : end], sought.keys) == sought.numbers for end in ends
    )


def _units(text: str) -> Sequence[int]:
    return memoryview(text.encode("utf-16-le", "surrogatepass")).cast("H").tolist()


def _numbers(units: Sequence[int], keys: tuple[int, int]) -> tuple[int, int]:
    one, two = keys
    for unit in units:
        one = (one ^ unit) * _FACTORS[0] & _MASK
        two = (two ^ unit) * _FACTORS[1] & _MASK
        one ^= one >> _SHIFTS[0]
        two ^= two >> _SHIFTS[1]
    return one, two
