"""What a step is given and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from agent.browser.folder import PrivateFolder
    from agent.browser.session import Session
    from agent.vault.open import RunSecrets


@dataclass(slots=True)
class StepContext:
    """Everything a step may touch.

    ``after_move`` is called with a few words after each visible move inside a step, and
    ``take_picture`` with the name of a picture to take; ``timeout`` is in seconds and counts for
    steps that set none. ``allow_code`` is true where the task may bring code of its own.
    """

    session: Session
    after_move: Callable[[str], Awaitable[None]]
    take_picture: Callable[[str], Awaitable[None]]
    timeout: float = 30.0
    results: dict[str, Any] = field(default_factory=dict)
    allow_code: bool = False

    @property
    def secrets(self) -> RunSecrets:
        """The run's bound secrets."""
        return self.session.secrets

    @property
    def folder(self) -> PrivateFolder:
        """The run's private folder."""
        return self.session.folder


@dataclass(frozen=True, slots=True)
class StepResult:
    """How a step ended; ``value`` is what ``save_as`` keeps, in JSON values."""

    outcome: str = "passed"
    value: Any = None
