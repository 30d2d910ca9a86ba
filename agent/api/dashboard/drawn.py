"""The figures of runs as pictures, each with the table that says the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agent.api.dashboard.charts import Column, Mark, Part, columns, line, row
from agent.api.dashboard.words import seconds, when
from agent.runner.figures import PERIOD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from agent.runner.figures import CodeLine, Day, SiteLogins, TaskDays

_GOOD: Final = frozenset({"signed_in", "session_reused", "passed"})
_HALF: Final = 0.5


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture with what it says, and the table behind it."""

    title: str
    drawn: tuple[tuple[str, Markup], ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def of_task(task: TaskDays) -> Picture:
    """Draw how often a task succeeded and how long it took, day by day."""
    ended = sum(day.ended for day in task.days)
    good = sum(day.succeeded for day in task.days)
    longest = max(day.seconds for day in task.days) or 0.1
    said = f"{task.task}: {good} of {ended} runs succeeded, on {len(task.days)} days"
    took = f"{task.task}: the middle run of a day took at most {seconds(longest)}"
    rates = [
        Column(day.succeeded / day.ended, _tone(day.succeeded / day.ended), _rate(day))
        for day in task.days
    ]
    lengths = [
        Column(day.seconds / longest, "plain", f"{day.date}: {seconds(day.seconds)}")
        for day in task.days
    ]
    return Picture(
        task.task,
        (
            ("Success rate", columns(said, ("100 %", "0 %"), rates)),
            ("Duration", columns(took, (seconds(longest), "0 s"), lengths)),
        ),
        ("Day", "Ended", "Succeeded", "Rate", "Middle duration"),
        tuple(
            (
                day.date,
                str(day.ended),
                str(day.succeeded),
                f"{day.succeeded / day.ended:.0%}",
                seconds(day.seconds),
            )
            for day in task.days
        ),
    )


def of_sites(sites: Sequence[SiteLogins]) -> Picture:
    """Draw how sign-ins ended, a row for each site."""
    return Picture(
        "Sign-ins by site",
        tuple((_said(one), row(_said(one), _parts(one))) for one in sites),
        ("Site", "Outcome", "Times"),
        tuple((one.site, _words(how), str(times)) for one in sites for how, times in one.outcomes),
    )


def of_codes(lines: Sequence[CodeLine], now: float) -> Picture:
    """Draw when one-time codes will be wanted, and where two want one at the same time."""
    last = max((use.at for one in lines for use in one.uses), default=now)
    span = max(last - now, 1.0)
    return Picture(
        "One-time codes to come",
        tuple(
            (next_contention(one), line(next_contention(one), _marks(one, now, span)))
            for one in lines
        ),
        ("Secret", "When", "For", "Must wait"),
        tuple(
            (one.secret, when(use.at), use.what, "yes" if use in one.contended else "no")
            for one in lines
            for use in one.uses
        ),
    )


def next_contention(one: CodeLine) -> str:
    """Say when two things want a code of one secret next."""
    waiting = [use for use in one.uses if use in one.contended]
    if not waiting:
        return f"{one.secret}: nobody has to wait for another's code"
    first = [use for use in waiting if use.at - waiting[0].at < PERIOD]
    who = " and ".join(dict.fromkeys(use.what for use in first))
    return f"{one.secret}: next at {when(waiting[0].at)}, {who}"


def _marks(one: CodeLine, now: float, span: float) -> list[Mark]:
    return [
        Mark(
            max(use.at - now, 0.0) / span,
            "bad" if use in one.contended else "plain",
            f"{when(use.at)}: {use.what}",
        )
        for use in one.uses
    ]


def _parts(one: SiteLogins) -> list[Part]:
    return [
        Part(times, "good" if how in _GOOD else "bad", f"{_words(how)}: {times}")
        for how, times in one.outcomes
    ]


def _said(one: SiteLogins) -> str:
    return f"{one.site}: " + ", ".join(f"{times} {_words(how)}" for how, times in one.outcomes)


def _rate(day: Day) -> str:
    return f"{day.date}: {day.succeeded} of {day.ended} succeeded"


def _tone(share: float) -> str:
    return "good" if share > _HALF else "bad"


def _words(outcome: str) -> str:
    return outcome.replace("_", " ")
