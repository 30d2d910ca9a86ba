"""What brings runs to workers by itself, where the database has such a thing.

Whatever it brings, a run is had by its claim alone: what is delivered twice is carried out once,
and what is not delivered at all is found by those who look.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection


class Delivery(Protocol):
    """Both calls belong to the transaction that changes the run, and come to nothing without it."""

    def placed(self, connection: Connection, row: Mapping[Any, Any]) -> int | None:
        """Have a new run delivered; gives the number of the job that does it, None where none does.

        What must wait first is delivered when it is due.
        """

    def taken_back(self, connection: Connection, job: int) -> None:
        """Have a run not delivered any more; who carries it out already is told to look at it."""


class LookedFor:
    """Nothing is delivered: workers look at the table of runs."""

    def placed(self, _connection: Connection, _row: Mapping[Any, Any]) -> int | None:
        """Deliver nothing."""
        return None

    def taken_back(self, _connection: Connection, _job: int) -> None:
        """Tell nobody."""


LOOKED_FOR: Final = LookedFor()
