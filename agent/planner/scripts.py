"""No secret is typed after a script has run in a page: it could have left one that listens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.vault.secret_type import Use

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agent.steps import Step
    from agent.tasks.positions import Path

TOLD = "a secret may not be typed after a script has run in a page, which evaluate does before it"


@dataclass(slots=True)
class _Order:
    """Whether a script has run so far."""

    scripted: bool = False

    def faults(self, steps: Sequence[Step], root: Path) -> Iterator[Path]:
        for index, step in enumerate(steps):
            yield from self._of(step, (*root, index))

    def _of(self, step: Step, path: Path) -> Iterator[Path]:
        if self.scripted and any(use.way is Use.FILL for use in step.uses()):
            yield path
        self.scripted = self.scripted or step.runs_script
        for _ in range(2 if step.loops else 1):
            for key, body in step.bodies.items():
                inside = list(self.faults(body, (*path, key)))
                # Of an included task the step that includes it is told.
                yield from [path][: len(inside)] if key not in step.branch_keys else inside


def typed_after_script(steps: Sequence[Step]) -> list[Path]:
    """List the steps that would type a secret after an ``evaluate``, in a later turn too."""
    return list(dict.fromkeys(_Order().faults(steps, ("steps",))))
