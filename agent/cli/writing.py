"""Writes files that were not there before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


def write_new(path: Path, text: str) -> None:
    """Write a new file. Raises ``UsageError`` where there is one, or it cannot be written."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(f"{path}: there is such a file already; it is left alone") from None
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
