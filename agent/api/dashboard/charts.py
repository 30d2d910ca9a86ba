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
    return Markup(
        '<svg class="chart" viewBox="0 0 {w} {h}" role="img" aria-label="{said}">'
        '<line class="axis" x1="{r}" y1="{b}" x2="{w}" y2="{b}"/>'
        '<text x="0" y="14">{longest}</text><text x="0" y="{b}">0 s</text>{inside}</svg>'
    ).format(
        w=_WIDTH,
        h=_HEIGHT,
        r=_ROOM,
        b=_HEIGHT - 8,
        said=said,
        longest=seconds(longest),
        inside=inside,
    )


def _bar(run: Bar, left: float, width: float, share: float) -> Markup:
    height = max(share * (_HEIGHT - 18), 2)
    return Markup(
        '<rect class="{tone}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
        ' rx="2"><title>{title}</title></rect>'
    ).format(
        tone="good" if run.good else "bad",
        x=left,
        y=_HEIGHT - 8 - height,
        width=width,
        height=height,
        title=run.title,
    )
