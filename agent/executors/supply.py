"""Where a crew gets its runs from."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.runs.claim import Claim
    from agent.runs.run import Run
    from agent.runs.store import RunStore
    from agent.runs.waiting import Waiting


@dataclass(frozen=True, slots=True)
class Taken:
    """A run that was claimed; who sets ``nudge`` has its lease looked at at once."""

    run: Run
    claim: Claim
    nudge: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a worker takes runs from, and the id it takes them under."""

    waiting: Waiting
    store: RunStore
    worker: str


class Supply(Protocol):
    """Gives a worker runs to carry out. A database that is away is a supply without runs."""

    async def take(self, free: int) -> Sequence[Taken]:
        """Claim up to ``free`` runs, the most urgent first; none where there is none now."""

    async def rung(self) -> None:
        """Return when there may be something to take."""

    async def over(self, taken: Taken) -> None:
        """Hear that a run is not carried out any more, however it ended."""

    async def keep(self) -> None:
        """Do what must go on beside, until cancelled."""
