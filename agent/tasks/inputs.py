"""Plain values a task asks for: their types, and how text becomes one of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

InputType = Literal["string", "integer", "number", "boolean", "date"]
Scalar = str | int | float | bool

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{1,18})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _integer(text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise ValueError
    return int(text)


def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise ValueError
    return float(text)


def _boolean(text: str) -> bool:
    return {"true": True, "false": False}[text.lower()]


def _date(text: str) -> str:
    if not _DATE.fullmatch(text):
        raise ValueError
    return date.fromisoformat(text).isoformat()


@dataclass(frozen=True, slots=True)
class _Reading:
    wanted: str
    from_text: Callable[[str], Scalar]
    in_json: tuple[type, ...]


_READINGS: dict[InputType, _Reading] = {
    "string": _Reading("text", str, (str,)),
    "integer": _Reading("a whole number, like 7", _integer, (int,)),
    "number": _Reading("a number, like 7.5", _number, (int, float)),
    "boolean": _Reading("true or false", _boolean, (bool,)),
    "date": _Reading("a date, like 2026-11-22", _date, (str,)),
}


def convert(kind: InputType, given: Scalar) -> Scalar:
    """Make a value of ``kind`` of text or of a JSON value.

    A date stays text, as ``YYYY-MM-DD``. Raises ``ValueError`` whose message says what was
    wanted and does not repeat what was given.
    """
    reading = _READINGS[kind]
    try:
        if isinstance(given, str):
            return reading.from_text(given)
    except (ValueError, KeyError):
        raise ValueError(f"expected {reading.wanted}") from None
    # A bool is an int to Python and to nobody else.
    if not isinstance(given, reading.in_json) or (isinstance(given, bool) and kind != "boolean"):
        raise ValueError(f"expected {reading.wanted}")
    return given


def fits(kind: InputType, written: Scalar) -> Scalar:
    """Check a value of the task file, where a number must be a number and not text."""
    if isinstance(written, str) and str not in _READINGS[kind].in_json:
        raise ValueError(f"expected {_READINGS[kind].wanted}, without quotes")
    return convert(kind, written)


def as_text(value: Scalar) -> str:
    """Write a value the way it goes into a text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
