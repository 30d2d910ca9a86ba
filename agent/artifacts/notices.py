"""What an artifact says of itself: which values were too short to be searched for in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.vault.redactor import Redactor


def short_values(redactor: Redactor) -> str:
    """One line that names them, or nothing.

    Such a value is masked where it was typed and where a name says what it is; a copy of it that a
    page shows elsewhere cannot be told from ordinary text, and stays.
    """
    labels = sorted(redactor.unsearchable)
    return (
        f"too short to be searched for, masked by place only: {', '.join(labels)}" if labels else ""
    )
