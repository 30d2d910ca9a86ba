"""Runs for a worker that looks for them itself: nothing but the table of runs is needed."""

from __future__ import annotations

import asyncio
from contextlib import suppress
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
        taken: list[Taken] = []
        with suppress(SQLAlchemyError):  # the database is away: what waits goes on waiting
            await asyncio.to_thread(self._claim, free, taken)
        return taken

    async def rung(self) -> None:
        """Wait until it is time for the next look."""
        await asyncio.sleep(LOOK)

    async def over(self, _taken: Taken) -> None:
        """Nothing delivered it, so nobody is told."""

    async def keep(self) -> None:
        """Nothing goes on beside."""

    def _claim(self, free: int, taken: list[Taken]) -> None:
        """Add to ``taken``: what was claimed before an error is ours, and is carried out."""
        # Others claim too: look at a few more than there are hands.
        for run in self.place.waiting.due(2 * free):
            claim = self.place.store.claim(run.id, self.place.worker)
            if claim is not None:
                taken.append(Taken(run, claim))
            if len(taken) == free:
                break
