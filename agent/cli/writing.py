"""Writes files that were not there before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


def write_new(path: Path, text: str, *, same: bool = False) -> None:
    """Write a new file. Raises ``UsageError`` where there is one, or it cannot be written.

    With ``same`` one that holds this very text already is right as it is.
    """
    if same and _holds(path, text):
        return
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(f"{path}: there is such a file already; it is left alone") from None
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None


def _holds(path: Path, text: str) -> bool:
    try:
        return path.read_text("utf-8") == text
    except (OSError, UnicodeDecodeError):
        return False
