"""Whether a run still has the right to be given values: asked whenever one leaves the vault.

A worker that was cut off or stood still may have lost its run to another one. The vault does not
know what a lease is; whoever opens secrets for a run passes in who can tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from sqlalchemy import Connection


class Fence(Protocol):
    """What can tell; every method may be called from any thread and raises where the answer is no.

    ``RunInterrupted`` says that the run is not this worker's any more.
    """

    def check(self) -> None:
        """Ask nobody: this process's own reckoning must still allow it."""

    def confirm(self, connection: Connection) -> None:
        """Ask the database as well; the answer holds until this transaction ends."""

    def confirm_clock(self, connection: Connection) -> None:
        """Make sure that codes made by this machine's clock are right. Raises ``ClockOff``."""


class Open:
    """The fence of whoever has no run to lose: a person at a terminal, a suite of tests."""

    def check(self) -> None:
        """Allow it."""

    def confirm(self, connection: Connection) -> None:
        """Allow it."""

    def confirm_clock(self, connection: Connection) -> None:
        """Allow it."""


OPEN: Final[Fence] = Open()
