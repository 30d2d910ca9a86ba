"""Figures of a project's runs: how often and how long, sign-ins by site, and codes to come.

All of it is counted from the newest runs and from what is scheduled; nothing is kept for it.
"""

from __future__ import annotations

import json
import statistics
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from agent.errors import UsageError
from agent.runner.house import bindings_of
from agent.runner.schedules import Scheduling
from agent.runs.listing import Wanted
from agent.runs.states import State
from agent.tasks.placeholders import substitute
from agent.vault.deployments import Deployments
from agent.vault.origin import Origin
from agent.vault.policy import Action

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from agent.runner.house import House
    from agent.runs.run import Run

MOST: Final = 400
"""How many runs are looked at, the newest."""
_PAGE: Final = 200
PERIOD: Final = 30.0
"""Seconds within which one account gives one code."""
ELSEWHERE: Final = "a site that is not known before"


@dataclass(frozen=True, slots=True)
class Day:
    """The runs of one task that ended on one day (UTC); ``seconds`` is their middle length."""

    date: str
    ended: int
    succeeded: int
    seconds: float


@dataclass(frozen=True, slots=True)
class TaskDays:
    """One task's days, the oldest first; a day without a run is left out."""

    task: str
    days: tuple[Day, ...]


@dataclass(frozen=True, slots=True)
class SiteLogins:
    """How sign-ins at one site ended: outcome and how often, the most frequent first."""

    site: str
    outcomes: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Use:
    """When something wants a code: Unix seconds, and what it is."""

    at: float
    what: str


@dataclass(frozen=True, slots=True)
class CodeLine:
    """The codes that will be wanted of one secret; ``contended`` are those that must wait."""

    secret: str
    uses: tuple[Use, ...]
    contended: frozenset[Use] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Figures:
    """Use cases of looking at runs as a whole, for whoever may see them."""

    house: House

    def newest(self) -> Sequence[Run]:
        """Give the runs that are looked at, the newest first."""
        self.house.permit(Action.SEE_RUNS)
        only = self.house.actor.only
        found: list[Run] = []
        cursor = None
        while len(found) < MOST:
            wanted = Wanted(_PAGE, cursor, mode="" if only is None else only.mode)
            page = self.house.store.page(wanted)
            found += page.items
            cursor = page.next
            if cursor is None:
                break
        return found

    def codes(self, now: float) -> list[CodeLine]:
        """Say when which secret's codes will be wanted, by name; ``now`` in Unix seconds."""
        self.house.permit(Action.SEE)
        only = self.house.actor.only
        seen = [c for c in self.house.vault.cards() if only is None or c.mode == only.mode]
        ids = {(card.mode, card.name): card.id for card in seen}
        uses: dict[str, list[Use]] = defaultdict(list)
        for run in self.house.store.active():
            for ref in bindings_of(run).values():
                uses[ref].append(Use(now, f"run {run.id[:8]} of {run.task}"))
        scheduling = Scheduling(self.house)
        for one in scheduling.list():
            # A schedule names a secret as its maker did: by its id, or by its name in its mode.
            for ref in {ids.get((one.mode, ref), ref) for ref in self._bound(one.wanted)}:
                uses[ref] += [Use(at, one.name) for at in scheduling.upcoming(one.id)]
        with_key = [card for card in seen if card.has("totp") and uses[card.id]]
        lines = [line_of(card.name, uses[card.id]) for card in with_key]
        return sorted(lines, key=lambda line: line.secret.casefold())

    def _bound(self, wanted: Mapping[str, Any]) -> Iterable[str]:
        if not wanted.get("deployment"):
            return set(dict(wanted.get("bindings") or {}).values())
        try:
            newest = Deployments(self.house.vault).history(str(wanted["deployment"]))[-1:]
        except UsageError:
            return ()
        return {bound.secret for one in newest for bound in one.bindings.values()}


def line_of(secret: str, uses: Iterable[Use]) -> CodeLine:
    """Find which of these uses come so close that one has to wait for the next code."""
    ordered = sorted(uses, key=lambda use: (use.at, use.what))
    contended = {
        use
        for before, after in pairwise(ordered)
        if after.at - before.at < PERIOD
        for use in (before, after)
    }
    return CodeLine(secret, tuple(ordered), frozenset(contended))


def days_of(runs: Iterable[Run]) -> list[TaskDays]:
    """Count the runs that ended by task and day, by the task's name."""
    found: dict[str, dict[str, list[Run]]] = defaultdict(lambda: defaultdict(list))
    for run in runs:
        if run.started_at is not None and run.finished_at is not None:
            date = datetime.fromtimestamp(run.finished_at, UTC).date().isoformat()
            found[run.task][date].append(run)
    return [
        TaskDays(task, tuple(_day(date, days[date]) for date in sorted(days)))
        for task, days in sorted(found.items(), key=lambda one: one[0].casefold())
    ]


def logins_of(runs: Iterable[Run]) -> list[SiteLogins]:
    """Count how sign-ins ended by site, by the site's name."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for run in runs:
        for site, outcome in _logins(run):
            found[site][outcome] += 1
    return [SiteLogins(site, tuple(found[site].most_common())) for site in sorted(found)]


def _day(date: str, runs: Sequence[Run]) -> Day:
    lengths = [(run.finished_at or 0.0) - (run.started_at or 0.0) for run in runs]
    good = sum(run.state is State.SUCCEEDED for run in runs)
    return Day(date, len(runs), good, statistics.median(lengths))


@dataclass(frozen=True, slots=True)
class _Ended:
    """What is read of a run that has ended, which does not change any more."""

    id: str
    finished_at: float | None
    params: str = field(compare=False, repr=False)
    report: str = field(compare=False, repr=False)


def _logins(run: Run) -> tuple[tuple[str, str], ...]:
    if run.report is None or not run.state.ended:
        return ()
    return _read(_Ended(run.id, run.finished_at, run.params, run.report))


# Reading hundreds of reports takes longer than all the rest of the page.
@lru_cache(maxsize=2 * MOST)
def _read(run: _Ended) -> tuple[tuple[str, str], ...]:
    lines = [line for line in json.loads(run.report)["steps"] if line["type"] == "sign_in"]
    done = [line for line in lines if line["status"] != "not_run"]
    params = json.loads(run.params) if done else {}
    return tuple((_site(params, str(one.get("at", ""))), str(one["outcome"])) for one in done)


def _site(params: Mapping[str, Any], at: str) -> str:
    """Find where a step signs in; for one inside another, where its slot may be used."""
    document, words = params["document"], params.get("inputs") or {}
    steps = document.get("steps", [])
    step = steps[int(at) - 1] if at.isdigit() and 0 < int(at) <= len(steps) else {}
    slot = document.get("slots", {}).get(step.get("slot"), {})
    for written in (step.get("url"), *slot.get("origins", ())):
        try:
            if written:
                texts = {name: str(value) for name, value in words.items()}
                return str(Origin.parse(substitute(written, texts)))
        except (UsageError, KeyError):
            continue
    return ELSEWHERE
