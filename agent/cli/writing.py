"""Writes files that people are given: new ones, or in the place of one they want replaced."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import NamedTemporaryFile

from agent.errors import UsageError


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
        raise _present(path) from None
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None


def write_over(path: Path, text: str) -> None:
    """Write a file whole or not at all, in the place of one that may be there."""
    try:
        with NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as file:
            file.write(text)
        Path(file.name).replace(path)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None


def refuse_present(path: Path) -> None:
    """Raise ``UsageError`` where there is a file, before work is done that it would lose."""
    if path.exists() or path.is_symlink():
        raise _present(path)
    refuse_unwritable(path)


def refuse_unwritable(path: Path) -> None:
    """Raise ``UsageError`` where no file can be made, before work is done that it would lose."""
    if not os.access(path.parent, os.W_OK):
        raise UsageError(f"{path}: {path.parent} is no folder that can be written to")


def _present(path: Path) -> UsageError:
    return UsageError(f"{path}: there is such a file already; it is left alone")


def _holds(path: Path, text: str) -> bool:
    try:
        return path.read_text("utf-8") == text
    except (OSError, UnicodeDecodeError):
        return False
