"""Times and lengths in words, as the pages show them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Protocol

    class _Timed(Protocol):
        @property
        def started_at(self) -> float | None: ...

        @property
        def finished_at(self) -> float | None: ...


def when(at: float) -> str:
    """Write a moment, in Unix seconds, as ``2026-11-22 14:05:09 UTC``."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def clock(at: float) -> str:
    """Write the time of day of a moment in Unix seconds."""
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S")


def moment(text: str) -> str:
    """Shorten a time of the audit (RFC 3339) to the second."""
    return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def seconds(length: float) -> str:
    """Write a length of time: ``0.4 s``, ``12 s``, ``3 min 05 s``."""
    if length < 10:
        return f"{length:.1f} s"
    if length < 60:
        return f"{length:.0f} s"
    minutes, rest = divmod(round(length), 60)
    return f"{minutes} min {rest:02d} s"


def took(run: _Timed) -> str:
    """Say how long a run took; nothing for one that has not ended."""
    if run.started_at is None or run.finished_at is None:
        return ""
    return seconds(run.finished_at - run.started_at)


FILTERS: Final[Mapping[str, Callable[..., str]]] = {
    "when": when,
    "clock": clock,
    "moment": moment,
    "seconds": seconds,
    "took": took,
}
"""By the name that templates use."""
