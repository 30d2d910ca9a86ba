"""Writing what must be written, where the database may be away for a moment."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, TypeVar

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

if TYPE_CHECKING:
    from collections.abc import Callable

Said = TypeVar("Said")

AGAIN: Final = 0.5
"""Seconds until it is tried again."""
AWAY: Final = (OperationalError, InterfaceError, NoConnection)
"""What a database that is away, or that comes up just now, is noticed by."""


async def written(call: Callable[..., Said], *given: object, patience: float | None = None) -> Said:
    """Call in a thread until the database takes it; gives what the call gives.

    Without ``patience`` (in seconds) until whoever waits is cancelled: a run is, when its lease is
    lost. The call must be one that may be made twice. Raises the database's error when patience
    is at an end.
    """
    loop = asyncio.get_running_loop()
    ends = None if patience is None else loop.time() + patience
    while True:
        try:
            return await asyncio.to_thread(call, *given)
        except AWAY:
            if ends is not None and loop.time() + AGAIN > ends:
                raise
            await asyncio.sleep(AGAIN)
