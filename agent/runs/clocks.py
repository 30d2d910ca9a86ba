"""How far this machine's clock is from the database's, by which everything is judged."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from agent.errors import SecretError
from agent.runs.tables import database_now

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

MOST: Final = 15.0
"""Seconds that clocks may differ by: half the time a usual one-time code is good for."""


class ClockOff(SecretError):
    """This machine's clock and the database's differ: one-time codes made here would be wrong."""

    code = "clock_off"


def clock_off(connection: Connection, clock: Callable[[], float] = time.time) -> float:
    """Tell by how many seconds this machine's clock is ahead, at least; below zero: behind.

    What asking takes is no difference.
    """
    before = clock()
    theirs = float(connection.execute(select(database_now())).scalar_one())
    after = clock()
    return max(before - theirs, 0.0) + min(after - theirs, 0.0)


def check_clock(connection: Connection, clock: Callable[[], float] = time.time) -> None:
    """Raise ``ClockOff`` where one-time codes made by this machine's clock would be wrong."""
    off = clock_off(connection, clock)
    if abs(off) > MOST:
        raise ClockOff(
            f"this machine's clock is {abs(off):.0f} s {'ahead of' if off > 0 else 'behind'} the "
            "database's: a one-time code made by it would be wrong",
            hint="set the clock of this machine (timedatectl set-ntp true), then run it again",
        )
