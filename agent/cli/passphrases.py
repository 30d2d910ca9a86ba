"""Passphrases: typed where nothing is shown, or read from an open file descriptor."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from agent.cli.speech import say
from agent.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LONGEST = 4096


def ask_passphrase() -> str:
    """Ask for the passphrase that opens the vault."""
    passphrase: str = click.prompt("Passphrase of the vault (hidden)", hide_input=True, err=True)
    return passphrase


def ask_new_passphrase() -> str:
    """Ask twice for the passphrase that is to open the vault."""
    passphrase: str = click.prompt(
        "New passphrase (hidden)", hide_input=True, err=True, confirmation_prompt=True
    )
    return passphrase


def show_new_passphrase(make: Callable[[], str]) -> str:
    """Make a passphrase and show it, this once."""
    passphrase = make()
    say("the new passphrase, shown this once; write it down where no computer reads it:")
    say(f"  {passphrase}")
    return passphrase


class Lines:
    """The lines of a descriptor that the caller opened for this process, read when needed.

    The first opens the vault; where a new one is wanted too, it is the last.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._read: Sequence[str] | None = None

    def first(self) -> str:
        """Give the passphrase that opens the vault. Raises ``UsageError``."""
        return self._lines()[0]

    def last(self) -> str:
        """Give the passphrase that is to open it."""
        return self._lines()[-1]

    def _lines(self) -> Sequence[str]:
        if self._read is None:
            try:
                with os.fdopen(self._descriptor, "rb") as file:
                    self._read = file.read(LONGEST).decode().splitlines()
            except (OSError, UnicodeDecodeError):
                self._read = ()
        if not self._read or not self._read[0]:
            raise UsageError(
                f"the descriptor {self._descriptor} gives no passphrase",
                hint="runner --unlock-fd 3 … 3< FILE, or 3< <(a command that prints it)",
            )
        return self._read
