"""Which runs stay: the newest ones, those young enough, and some that always do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agent.errors import UsageError
from agent.runs.states import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.runs.run import Outline

AGE: Final = r"^[1-9]\d{0,5}[smhdw]$"
_GOING_ON: Final = frozenset({State.QUEUED.value, State.RUNNING.value})
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def seconds_of(age: str) -> float:
    """Read an age. Raises ``UsageError``."""
    if not re.fullmatch(AGE, age):
        raise UsageError(
            "that is no age", hint="a number and one of s, m, h, d, w: 30d is thirty days"
        )
    return float(int(age[:-1]) * _SECONDS[age[-1]])


@dataclass(frozen=True, slots=True)
class Rule:
    """What stays: the newest ``keep`` runs, and those that ended less than ``older`` seconds ago.

    Where both are given a run goes only when neither keeps it. None keeps nothing.
    """

    keep: int | None = None
    older: float | None = None

    @property
    def says_something(self) -> bool:
        """Tell whether the rule names anything to keep by."""
        return self.keep is not None or self.older is not None


KEEP_ALL: Final = Rule()


def chosen(
    outlines: Sequence[Outline], rule: Rule, now: float, waiting: frozenset[str] = frozenset()
) -> list[Outline]:
    """Choose what goes of a project's runs, the newest first; ``now`` in unix seconds.

    Never a run that goes on, the newest of its task in its mode, or one whose artifacts wait to be
    brought to the store.
    """
    newest: set[tuple[str, str]] = set()
    going = []
    for place, run in enumerate(outlines):
        first = (run.task, run.mode) not in newest
        newest.add((run.task, run.mode))
        held = first or run.state in _GOING_ON or run.id in waiting
        if not held and not _is_kept(place, run, rule, now):
            going.append(run)
    return going


def _is_kept(place: int, run: Outline, rule: Rule, now: float) -> bool:
    if rule.keep is not None and place < rule.keep:
        return True
    ended = run.created_at if run.finished_at is None else run.finished_at
    return rule.older is not None and now - ended <= rule.older
