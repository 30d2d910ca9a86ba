"""Pictures of runs over time, as SVG that needs no script and reads well aloud."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from agent.api.dashboard.words import seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

_WIDTH: Final = 640
_HEIGHT: Final = 120
_ROOM: Final = 46  # at the left, for the longest time in words
_WIDE_ROOM: Final = 84  # the same where two pictures stand side by side, in larger letters
_WIDEST: Final = 22


@dataclass(frozen=True, slots=True)
class Bar:
    """One run: how long it took in seconds, whether it succeeded, and what it is called."""

    length: float
    good: bool
    title: str


def bars(runs: Sequence[Bar]) -> Markup:
    """Draw one bar a run, the oldest at the left; its height is its time, its colour its end.

    Nothing at all for no runs.
    """
    if not runs:
        return Markup()
    longest = max(max(run.length for run in runs), 0.1)
    pitch = min((_WIDTH - _ROOM) / len(runs), _WIDEST)
    good = sum(run.good for run in runs)
    said = f"{good} of the last {len(runs)} runs succeeded; the longest took {seconds(longest)}"
    inside = Markup().join(
        _bar(run, _ROOM + at * pitch, pitch * 0.72, run.length / longest)
        for at, run in enumerate(runs)
    )
    return _framed(said, (seconds(longest), "0 s"), inside)


def _bar(run: Bar, left: float, width: float, share: float) -> Markup:
    height = max(share * (_HEIGHT - 18), 2)
    tone = "good" if run.good else "bad"
    return _rect(tone, (left, _HEIGHT - 8 - height, width, height), run.title)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a picture over time: its share of the height, a tone, and what it is called."""

    share: float
    tone: str
    title: str


def columns(said: str, ends: tuple[str, str], drawn: Sequence[Column]) -> Markup:
    """Draw columns side by side, the oldest at the left; ``ends`` are the words at top and bottom.

    ``said`` is what the picture says to whoever cannot see it.
    """
    pitch = min((_WIDTH - _WIDE_ROOM) / max(len(drawn), 1), 2 * _WIDEST)
    inside = Markup().join(
        _column(one, _WIDE_ROOM + at * pitch, pitch * 0.72) for at, one in enumerate(drawn)
    )
    return _framed(said, ends, inside, _WIDE_ROOM)


def _column(one: Column, left: float, width: float) -> Markup:
    height = max(one.share * (_HEIGHT - 18), 2)
    return _rect(one.tone, (left, _HEIGHT - 8 - height, width, height), one.title)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a row: how much of it, a tone, and what it is called."""

    amount: int
    tone: str
    title: str


def row(said: str, parts: Sequence[Part]) -> Markup:
    """Draw parts of a whole in one row."""
    whole, left, drawn = sum(part.amount for part in parts) or 1, 0.0, []
    for part in parts:
        width = _WIDTH * part.amount / whole
        drawn.append(_rect(part.tone, (left, 2, max(width - 2, 1), 16), part.title))
        left += width
    return Markup(
        '<svg class="chart thin" viewBox="0 0 {w} 20" role="img" aria-label="{said}">{inside}</svg>'
    ).format(w=_WIDTH, said=said, inside=Markup().join(drawn))


@dataclass(frozen=True, slots=True)
class Mark:
    """One moment on a line: where, from 0 to 1, a tone, and what it is called."""

    at: float
    tone: str
    title: str


def line(said: str, marks: Sequence[Mark]) -> Markup:
    """Draw moments along a line; what is bad is a square, so that colour does not stand alone."""
    inside = Markup().join(_mark(one) for one in marks)
    return Markup(
        '<svg class="chart thin" viewBox="0 0 {w} 20" role="img" aria-label="{said}">'
        '<line class="axis" x1="8" y1="10" x2="{end}" y2="10"/>{inside}</svg>'
    ).format(w=_WIDTH, end=_WIDTH - 8, said=said, inside=inside)


def _mark(one: Mark) -> Markup:
    x = 8 + one.at * (_WIDTH - 16)
    if one.tone == "bad":
        return _rect("bad", (x - 6, 4, 12, 12), one.title)
    return Markup(
        '<circle class="{t}" cx="{x:.1f}" cy="10" r="5"><title>{n}</title></circle>'
    ).format(t=one.tone, x=x, n=one.title)


def _framed(said: str, ends: tuple[str, str], inside: Markup, room: float = _ROOM) -> Markup:
    return Markup(
        '<svg class="chart" viewBox="0 0 {w} {h}" role="img" aria-label="{said}">'
        '<line class="axis" x1="{r}" y1="{b}" x2="{w}" y2="{b}"/>'
        '<text x="0" y="14">{top}</text><text x="0" y="{b}">{bottom}</text>{inside}</svg>'
    ).format(
        w=_WIDTH, h=_HEIGHT, r=room, b=_HEIGHT - 8, said=said, top=ends[0], bottom=ends[1],
        inside=inside,
    )  # fmt: skip


def _rect(tone: str, at: tuple[float, float, float, float], title: str) -> Markup:
    x, y, width, height = at
    return Markup(
        '<rect class="{tone}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
        ' rx="2"><title>{title}</title></rect>'
    ).format(tone=tone, x=x, y=y, width=width, height=height, title=title)
