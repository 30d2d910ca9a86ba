"""What is read of a recording: steps as a task has them, and what could not be taken over."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

# A step of the first kind, followed by one of the second at the same element, was a part of it.
_PARTS = frozenset(
    {
        ("click", "fill"),
        ("fill", "fill"),
        ("click", "check"),
        ("click", "dblclick"),
        ("select_option", "select_option"),
    }
)


class NotThisFormat(Exception):
    """The file is not of the tool whose recordings are read."""


@dataclass(frozen=True, slots=True)
class Print:
    """A text's length and two numbers made of it under the keys of one recording."""

    length: int
    numbers: tuple[int, int]
    keys: tuple[int, int] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed into a field, as our own recorder tells it.

    ``text`` is ``None`` for a credential, which was not handed over; ``kind`` says of what kind it
    is. ``origins`` are those of the field's frame and of every frame around it.
    """

    text: str | None = field(repr=False)
    kind: str = ""
    origins: tuple[str, ...] = ()
    print: Print | None = field(default=None, repr=False)


@dataclass(slots=True)
class Recording:
    """Steps in order, with every typed text still in them: only ``credentials`` may write them.

    A fill's ``value`` is a text, or ``Typed``. ``beside_login`` holds the ids of steps done where a
    sign-in form was shown, and is ``None`` for a recording that does not tell. ``left_out`` says in
    words, without any value, what has no place in a task. Prints no step.
    """

    title: str
    steps: list[dict[str, Any]] = field(default_factory=list, repr=False)
    left_out: list[str] = field(default_factory=list)
    beside_login: set[int] | None = None
    _last_at: Any = field(default=None, repr=False)

    def add(
        self, kind: str, target: dict[str, Any] | None = None, *, at: Any = None, **keys: Any
    ) -> dict[str, Any]:
        """Take a step over; a click on a field about to be filled, and each key of a text, go.

        ``at`` is the element in the recording's own words, where the target is not. Gives the step.
        """
        aimed = {} if target is None else {"target": target}
        here = target if at is None else at
        step: dict[str, Any] = {"type": kind, **aimed, **keys}
        last = self.steps[-1] if self.steps else {}
        if (last.get("type"), kind) in _PARTS and here is not None and self._last_at == here:
            self.steps.pop()
        self._last_at = here
        self.steps.append(step)
        return step

    def leave_out(self, what: str) -> None:
        """Say once that something was not taken over."""
        if what not in self.left_out:
            self.left_out.append(what)
