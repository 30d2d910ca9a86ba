"""Where runs may be carried out: the queues and labels of runs and of workers, as texts.

A run waits in one queue and may ask for labels; a worker takes from its queues the runs whose
labels it has, all of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agent.errors import UsageError
from agent.runs.run import HERE, PLAIN
from agent.tasks.names import PLACE
from agent.tasks.task import MOST_LABELS

if TYPE_CHECKING:
    from collections.abc import Iterable


def checked_queue(name: str) -> str:
    """Give the name of a queue back. Raises ``UsageError`` for what is none."""
    if name == HERE or not re.fullmatch(PLACE, name):
        raise UsageError(
            f"{name!r:.60} is no name of a queue",
            hint=f"up to 24 letters, digits, '.', '_' and '-'; {HERE!r} means runner run",
        )
    return name


def labels_text(labels: Iterable[str]) -> str:
    """Write labels as they are stored. Raises ``UsageError`` for what is no label, or too many."""
    chosen = sorted(set(labels))
    for label in chosen:
        if not re.fullmatch(PLACE, label):
            raise UsageError(
                f"{label!r:.60} is no label", hint="up to 24 letters, digits, '.', '_' and '-'"
            )
    if len(chosen) > MOST_LABELS:
        raise UsageError(f"there may be {MOST_LABELS} labels, not {len(chosen)}")
    return " ".join(chosen)


def sites_text(sites: Iterable[str]) -> str:
    """Write the sites of a run as they are stored: each between blanks, so that each is found."""
    chosen = sorted(set(sites))
    return f" {' '.join(chosen)} " if chosen else ""


@dataclass(frozen=True, slots=True)
class Reach:
    """What a worker takes: runs of its ``queues`` that ask for none but its ``labels``."""

    queues: tuple[str, ...] = (PLAIN.pool,)
    labels: str = ""

    @classmethod
    def of(cls, queues: Iterable[str], labels: Iterable[str]) -> Reach:
        """Make it of what a person wrote. Raises ``UsageError``."""
        chosen = tuple(dict.fromkeys(checked_queue(name) for name in queues))
        return cls(chosen or (PLAIN.pool,), labels_text(labels))

    def covers(self, labels: str) -> bool:
        """Tell whether it has all the labels that a run asks for."""
        return set(labels.split()) <= set(self.labels.split())


ANYONE: Final = Reach()
