"""Says where in its file a step of a report stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from agent.steps import STEPS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agent.steps import Step
    from agent.tasks import Task
    from agent.tasks.positions import Path

_TURN = re.compile(r"\[\d+\]")


def line_of(task: Task, at: str) -> int:
    """Give the 1-based line of the step at ``3.2[1]``; of one in an included task, the include's.

    0 for a task that was never a file.
    """
    path: Path = ("steps",)
    inside: Any = list(task.steps)
    for part in _TURN.sub("", at).split("."):
        number = int(part) - 1
        key, steps, number = _around(inside, number)
        if number >= len(steps):
            break
        path, inside = (*path, *key, number), steps[number]
    return task.places.of(path)[0]


def numbered(steps: Iterable[Step], before: str = "") -> Iterator[tuple[str, Step]]:
    """Walk over steps and those inside them, each with its number: ``3.2`` is inside the third."""
    for number, step in enumerate(steps, start=1):
        yield f"{before}{number}", step
        inside = [one for body in step.bodies.values() for one in body]
        yield from numbered(inside, f"{before}{number}.")


def _around(inside: Any, number: int) -> tuple[tuple[str, ...], list[Any], int]:
    """Find the list a step is in, counted from 0 over all branches, and its number there."""
    if isinstance(inside, list):
        return (), inside, number
    for key in STEPS[inside["type"]].branch_keys:
        steps = inside.get(key, [])
        if number < len(steps):
            return (key,), steps, number
        number -= len(steps)
    return (), [], number
