"""Runs for a worker that looks for them itself: nothing but the table of runs is needed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import SQLAlchemyError

from agent.executors.supply import Taken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.executors.supply import Place

LOOK: Final = 0.5
"""Seconds between two looks for work."""


@dataclass(frozen=True, slots=True)
class Looking:
    """Looks at the table of runs every half second."""

    place: Place

    async def take(self, free: int) -> Sequence[Taken]:
        """Claim the most urgent runs that may begin now."""
        try:
            return await asyncio.to_thread(self._claim, free)
        except SQLAlchemyError:
            return []  # the database is away: what waits goes on waiting

    async def rung(self) -> None:
        """Wait until it is time for the next look."""
        await asyncio.sleep(LOOK)

    async def over(self, _taken: Taken) -> None:
        """Nothing delivered it, so nobody is told."""

    async def keep(self) -> None:
        """Nothing goes on beside."""

    def _claim(self, free: int) -> list[Taken]:
        taken: list[Taken] = []
        # Others claim too: look at a few more than there are hands.
        for run in self.place.waiting.due(2 * free):
            claim = self.place.store.claim(run.id, self.place.worker)
            if claim is not None:
                taken.append(Taken(run, claim))
            if len(taken) == free:
                break
        return taken
