"""What the steps of one task may name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.tasks import Slot


@dataclass(frozen=True, slots=True)
class Known:
    """Names of inputs and slots, and what is known of them.

    ``declared`` are the slots that are right; ``words`` the inputs' texts, ``None`` while the task
    is checked without any, and without those that come only while the run goes on. ``included``
    are documents by name; ``base`` is the folder, among these names, of the task itself. Of a task
    that is included, ``filled_by`` names the slots around it, and ``depth`` counts from 1.
    """

    inputs: tuple[str, ...]
    slots: tuple[str, ...]
    declared: Mapping[str, Slot]
    words: Mapping[str, str] | None = None
    included: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    base: str = ""
    filled_by: Mapping[str, str] = field(default_factory=dict)
    depth: int = 0

    def word(self, path: str) -> str | None:
        """Give the text of a placeholder, if it is known before the run."""
        if self.words is None or not path.startswith("inputs."):
            return None
        return self.words.get(path.removeprefix("inputs."))
