"""What a step is given and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from agent.browser.folder import PrivateFolder
    from agent.browser.session import Session
    from agent.vault.open import RunSecrets


def _not_kept(_kind: str, _path: Path, _name: str) -> None:
    """Leave the file where it is, for a step that is run without a run around it."""


@dataclass(slots=True)
class StepContext:
    """Everything a step may touch.

    ``after_move`` is called with a few words after each visible move inside a step, and
    ``take_picture`` with the name of a picture to take; ``timeout`` is in seconds and counts for
    steps that set none. ``allow_code`` is true where the task may bring code of its own.
    ``keep_file`` takes a file of the private folder to be kept with the run: the kind of artifact,
    where it is, what it is called. ``downloads`` are names and places by ``save_as``;
    ``task_folder`` is where files beside the task are, if it was a file.
    """

    session: Session
    after_move: Callable[[str], Awaitable[None]]
    take_picture: Callable[[str], Awaitable[None]]
    timeout: float = 30.0
    results: dict[str, Any] = field(default_factory=dict)
    allow_code: bool = False
    keep_file: Callable[[str, Path, str], None] = _not_kept
    downloads: dict[str, tuple[str, Path]] = field(default_factory=dict)
    task_folder: Path | None = None

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
