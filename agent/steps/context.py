"""What a step is given and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from agent.browser.session import Session
    from agent.login.second_factor import Desk


def _silent(_words: str) -> None:
    """Tell nobody."""


@dataclass(slots=True)
class StepContext:
    """Everything a step may touch.

    ``after_move`` is called with a few words after each visible move inside a step, and
    ``take_picture`` with the name of a picture to take; ``timeout`` is in seconds and counts for
    steps that set none. ``desk`` gives one-time codes from outside; a run without one has none.
    ``notice`` is told a line that a person should see while a step goes on.
    """

    session: Session
    after_move: Callable[[str], Awaitable[None]]
    take_picture: Callable[[str], Awaitable[None]]
    timeout: float = 30.0
    desk: Desk | None = None
    notice: Callable[[str], None] = _silent
    results: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StepResult:
    """How a step ended; ``value`` is what ``save_as`` keeps, in JSON values."""

    outcome: str = "passed"
    value: Any = None
