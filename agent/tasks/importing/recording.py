"""What is read of a recording: steps as a task has them, and what could not be taken over."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


class NotThisFormat(Exception):
    """The file is not of the tool whose recordings are read."""


@dataclass(slots=True)
class Recording:
    """Steps in order, with every typed text still in them: only ``credentials`` may write them.

    ``left_out`` says in words, without any value, what has no place in a task. Prints no step.
    """

    title: str
    steps: list[dict[str, Any]] = field(default_factory=list, repr=False)
    left_out: list[str] = field(default_factory=list)
    _last_at: Any = field(default=None, repr=False)

    def add(
        self, kind: str, target: dict[str, Any] | None = None, *, at: Any = None, **keys: Any
    ) -> None:
        """Take a step over; a click on a field about to be filled, and each key of a text, go.

        ``at`` is the element in the recording's own words, where the target is not.
        """
        aimed = {} if target is None else {"target": target}
        here = target if at is None else at
        step: dict[str, Any] = {"type": kind, **aimed, **keys}
        last = self.steps[-1] if self.steps else {}
        before = (last.get("type"), kind) in (
            ("click", "fill"),
            ("fill", "fill"),
            ("click", "check"),
        )
        if before and here is not None and self._last_at == here:
            self.steps.pop()
        self._last_at = here
        self.steps.append(step)

    def leave_out(self, what: str) -> None:
        """Say once that something was not taken over."""
        if what not in self.left_out:
            self.left_out.append(what)
