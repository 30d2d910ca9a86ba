"""Find known values in text that a person sees, whatever encoding or elements it is spread over."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.vault.redactor import Redactor

Span = tuple[int, int, str]


def found_in(text: str, redactor: Redactor) -> list[Span]:
    """Where known values lie in ``text``, as a reader sees them and in every encoding."""
    return [(found.start, found.end, found.label) for found in redactor.find_text(text)]


def merged(spans: Iterable[Span]) -> list[Span]:
    """Overlapping spans as one, in order; the first one's label stays."""
    result: list[Span] = []
    for start, end, label in sorted(spans):
        if result and start < result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]), result[-1][2])
        else:
            result.append((start, end, label))
    return result
