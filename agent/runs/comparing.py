"""Where two runs part: steps, sign-in, network, console, pages, result.

Two runs of one task at different times are the same when they did the same and saw the same; what
differs by nature is folded first (``agent.runs.folding``). Durations are told, not counted.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from difflib import SequenceMatcher, unified_diff
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from agent.runs.folding import as_it_is, folded, folded_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from agent.artifacts.kept_pages import Page
    from agent.artifacts.kept_trace import Recorded, Request
    from agent.runs.report import Report, StepReport

_MOST_LINES: Final = 40
_NONE: Final = "–"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not the same: ``part`` of the run, ``where`` in it, and both sides.

    ``at`` is the line of the first run's report it belongs to, where it belongs to one.
    """

    part: str
    where: str
    first: str
    second: str
    at: int | None = None


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a step took in both; ``ratio`` is the second by the first, None for no time."""

    title: str
    first: float
    second: float
    ratio: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What comparing two runs gave; ``parting`` names the first step they are not the same in."""

    first: str
    second: str
    differences: tuple[Difference, ...]
    paces: tuple[Pace, ...]
    parting: str = ""
    not_compared: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """Tell whether nothing differs that was compared."""
        return not self.differences


@dataclass(frozen=True, slots=True)
class Told:
    """All that is known of one run: its report, and what its kept trace tells, if there is one."""

    report: Report
    recorded: Recorded | None = None
    pages: tuple[Page, ...] = ()
    aria: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class _Folds:
    text: Callable[[str], str] = folded
    url: Callable[[str], str] = folded_url


@dataclass(frozen=True, slots=True)
class Comparing:
    """Compares two runs; with ``exact`` nothing is folded."""

    first: Told
    second: Told
    exact: bool = False
    _folds: _Folds = field(default_factory=_Folds)

    def compared(self) -> Comparison:
        """Compare everything that both left."""
        folds = _Folds(as_it_is, as_it_is) if self.exact else self._folds
        one, other = self.first.report, self.second.report
        pairs = _aligned(one.steps, other.steps, folds)
        found = [
            *_outcome(one, other),
            *_steps(pairs),
            *_logins(pairs, folds),
            *_page_lines(self.first, self.second, pairs, folds),
            *_recorded(self.first.recorded, self.second.recorded, folds),
            *_aria(self.first.aria, self.second.aria, folds),
            *_results("result", one.result, other.result),
        ]
        placed = [item for item in found if item.at is not None]
        first = min(placed, key=lambda item: item.at or 0, default=None)
        return Comparison(
            str(one.run_id),
            str(other.run_id),
            tuple(found),
            tuple(_pace(mine, theirs) for mine, theirs in pairs if mine and theirs),
            _parting(first, one.steps) if first else "",
            tuple(_lacking(self.first, self.second)),
        )


def _parting(first: Difference, steps: Sequence[StepReport]) -> str:
    """Name the step two runs part at; where only the second goes on, the one they part after."""
    if not steps:
        return "the first step"
    step = steps[first.at or 0]
    after = "after " if first.part == "steps" and first.first == _NONE else ""
    return f"{after}step {step.at or step.index + 1}, {step.title}"


Pair = tuple["StepReport | None", "StepReport | None"]


def _aligned(one: Sequence[StepReport], other: Sequence[StepReport], folds: _Folds) -> list[Pair]:
    """Pair the steps of two runs; a step that only one has is paired with None."""
    mine, theirs = ([(s.type, folds.text(s.title)) for s in steps] for steps in (one, other))
    pairs: list[Pair] = []
    for tag, a, b, c, d in SequenceMatcher(None, mine, theirs, autojunk=False).get_opcodes():
        if tag == "equal":
            pairs += zip(one[a:b], other[c:d], strict=True)
        else:
            pairs += [(step, None) for step in one[a:b]]
            pairs += [(None, step) for step in other[c:d]]
    return pairs


def _outcome(one: Report, other: Report) -> Iterator[Difference]:
    first, second = f"{one.status}: {one.outcome}", f"{other.status}: {other.outcome}"
    if first != second:
        yield Difference("outcome", "the run", first, second)


def _steps(pairs: Iterable[Pair]) -> Iterator[Difference]:
    last = 0
    for mine, theirs in pairs:
        last = mine.index if mine else last
        first, second = _how(mine), _how(theirs)
        if first != second:
            step = mine or theirs
            title = step.title if step else ""
            yield Difference("steps", title, first, second, last)


def _how(step: StepReport | None) -> str:
    if step is None:
        return _NONE
    return step.status if step.outcome in ("", step.status) else f"{step.status}: {step.outcome}"


def _logins(pairs: Iterable[Pair], folds: _Folds) -> Iterator[Difference]:
    for mine, theirs in pairs:
        if mine is None or theirs is None or not (mine.notes or theirs.notes):
            continue
        sides = [
            [folds.text(f"{note.seen} → {note.did}") for note in step.notes]
            for step in (mine, theirs)
        ]
        if sides[0] != sides[1]:
            first, second = _only(*sides)
            yield Difference("sign-in", mine.title, first, second, mine.index)


def _recorded(one: Recorded | None, other: Recorded | None, folds: _Folds) -> Iterator[Difference]:
    if one is None or other is None:
        return
    origins = [{_origin(folds.url(r.url)) for r in side.requests} for side in (one, other)]
    for origin in sorted(origins[0] ^ origins[1]):
        here = origin in origins[0]
        yield Difference("network", origin, "asked" if here else _NONE, _NONE if here else "asked")
    answers = [_answers(side.requests, folds) for side in (one, other)]
    for asked in sorted(answers[0].keys() | answers[1].keys()):
        first, second = (side.get(asked, _NONE) for side in answers)
        if first != second:
            yield Difference("network", asked, first, second)
    lines = [
        list(dict.fromkeys(f"{line.level}: {folds.text(line.text)}" for line in side.console))
        for side in (one, other)
    ]
    if set(lines[0]) != set(lines[1]):
        yield Difference("console", "the console", *_only(*lines))


def _answers(requests: Iterable[Request], folds: _Folds) -> Mapping[str, str]:
    """What each address answered; how often it was asked is noise."""
    found: dict[str, set[str]] = {}
    for one in requests:
        answer = one.failure or str(one.status or "no answer")
        found.setdefault(f"{one.method} {folds.url(one.url)}", set()).add(answer)
    return {asked: ", ".join(sorted(answers)) for asked, answers in found.items()}


def _origin(url: str) -> str:
    parts = urlsplit(url.replace("[", "").replace("]", ""))
    return f"{parts.scheme}://{parts.netloc}"


def _page_lines(
    one: Told, other: Told, pairs: Iterable[Pair], folds: _Folds
) -> Iterator[Difference]:
    """Compare the pages step by step; what still differs as it did a step before is told once."""
    first, second = (_by_line(told) for told in (one, other))
    before = ("", "")
    for mine, theirs in pairs:
        if mine is None or theirs is None:
            continue
        pages = first.get(mine.index), second.get(theirs.index)
        if pages[0] is None or pages[1] is None:
            continue
        sides = [[folds.text(line) for line in page.lines] for page in pages if page]
        told = _only(*sides) if sides[0] != sides[1] else ("", "")
        if told not in (before, ("", "")):
            yield Difference("page", mine.title, *told, mine.index)
        before = told


def _by_line(told: Told) -> dict[int, Page]:
    """Find the page of each line of a report: both are in the order in which steps began."""
    found: dict[int, Page] = {}
    pages = list(told.pages)
    for step in told.report.steps:
        for place, page in enumerate(pages):
            if page.title == step.title:
                found[step.index] = page
                del pages[: place + 1]
                break
    return found


def _aria(
    one: Sequence[str] | None, other: Sequence[str] | None, folds: _Folds
) -> Iterator[Difference]:
    if one is None or other is None:
        return
    sides = [[folds.text(line) for line in side] for side in (one, other)]
    if sides[0] != sides[1]:
        yield Difference("aria", "the page at the end", *_only(*sides))


def _results(path: str, one: Any, other: Any) -> Iterator[Difference]:
    """Compare what was read, value by value; nothing is folded here."""
    if one == other:
        return
    if isinstance(one, dict) and isinstance(other, dict):
        for key in dict.fromkeys((*one, *other)):
            yield from _results(f"{path}.{key}", one.get(key), other.get(key))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for place, (mine, theirs) in enumerate(zip(one, other, strict=True)):
            yield from _results(f"{path}[{place}]", mine, theirs)
    else:
        yield Difference("result", path, _json(one), _json(other))


def _json(value: Any) -> str:
    return _NONE if value is None else json.dumps(value, ensure_ascii=False)


def _only(one: Sequence[str], other: Sequence[str]) -> tuple[str, str]:
    """The lines that only one side has, some of them, in order."""
    changes = list(unified_diff(one, other, n=0, lineterm=""))[2:]
    mine = [line[1:] for line in changes if line.startswith("-")]
    theirs = [line[1:] for line in changes if line.startswith("+")]
    return _some(mine), _some(theirs)


def _some(lines: Sequence[str]) -> str:
    more = len(lines) - _MOST_LINES
    told = [*lines[:_MOST_LINES], *([f"… and {more} lines more"] if more > 0 else [])]
    return "\n".join(told) or _NONE


def _pace(mine: StepReport, theirs: StepReport) -> Pace:
    ratio = round(theirs.seconds / mine.seconds, 2) if mine.seconds else None
    return Pace(mine.title, mine.seconds, theirs.seconds, ratio)


def _lacking(one: Told, other: Told) -> Iterator[str]:
    for told in (one, other):
        if told.recorded is None:
            yield f"run {told.report.run_id} kept no trace: no network, console and pages"
