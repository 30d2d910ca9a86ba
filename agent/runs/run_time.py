"""The time a run may take; it stands still while a person is waited for."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


@dataclass(slots=True)
class RunTime:
    """So many seconds from when it was made; used from one event loop."""

    longest: float
    _limit: asyncio.Timeout | None = None
    _deadline: float = 0.0

    def __post_init__(self) -> None:
        """Begin to count."""
        self._deadline = asyncio.get_running_loop().time() + self.longest

    @asynccontextmanager
    async def bounded(self) -> AsyncIterator[None]:
        """Raise ``TimeoutError`` out of the block when the time is up."""
        async with asyncio.timeout_at(self._deadline) as self._limit:
            yield

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Count nothing while the block lasts."""
        loop, limit = asyncio.get_running_loop(), self._limit
        began, due = loop.time(), limit.when() if limit else None
        if limit is None or due is None:
            yield
            return
        limit.reschedule(None)
        try:
            yield
        finally:
            if not limit.expired():
                limit.reschedule(due + loop.time() - began)
