"""Takes the noise out of texts of two runs: what differs every time says nothing.

Times, ids, ports and random tokens become words. Marks of masked values (``‹SLOT.field›``) stay:
they are the same in every run, so a password that was typed equals itself without being known.
"""

from __future__ import annotations

import re
from typing import Final

_MONTHS: Final = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_RULES: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), word)
    for pattern, word in (
        (r"(?<=127\.0\.0\.1):\d+|(?<=localhost):\d+|(?<=\[::1\]):\d+", ":{port}"),
        (r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", "{id}"),
        (r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?(?:Z|[+-]\d\d:?\d\d)?", "{time}"),
        (rf"\b\d{{1,2}}\.? (?:{_MONTHS})[a-z]* \d{{4}}\b", "{time}"),
        (rf"\b(?:{_MONTHS})[a-z]* \d{{1,2}},? \d{{4}}\b", "{time}"),
        (r"\b\d{1,2}:\d\d(?::\d\d)?(?: ?[ap]m)?\b", "{time}"),
        (r"\b1[5-9]\d{8}(?:\d{3})?(?:\.\d+)?\b", "{time}"),
        (r"\b\d+(?:\.\d+)? ?(?:ms|s|sec|seconds|minutes)\b", "{duration}"),
        (r"\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{12,}\b", "{token}"),
        # A long word of letters and digits mixed, as no language has.
        (r"\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z])(?=(?:[\w-]*\d){3})[A-Za-z0-9_-]{20,}", "{token}"),
    )
)
_NUMBER: Final = re.compile(r"(?<!//)(?<=[/=])\d{3,}(?=$|[/&?#])")


def folded(text: str) -> str:
    """A text without what is another in every run."""
    for pattern, word in _RULES:
        text = pattern.sub(word, text)
    return text


def folded_url(url: str) -> str:
    """An address without it; numbers that are a whole part of it count as ids."""
    return _NUMBER.sub("{number}", folded(url))


def as_it_is(text: str) -> str:
    """Fold nothing."""
    return text
