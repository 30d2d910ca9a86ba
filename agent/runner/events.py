"""What happens in a run, for whoever watches it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.runs.events import MOST, RunEvent
from agent.vault.policy import Action, Thing

if TYPE_CHECKING:
    from agent.runner.house import House

Events = list[RunEvent]


@dataclass(frozen=True, slots=True)
class Happening:
    """The events of runs; no text in them holds a secret. An unknown run is ``NotFound``."""

    house: House

    def since(self, run_id: str, after: int = 0, limit: int = MOST) -> Events:
        """Give what happened after event number ``after``, the oldest first."""
        return self.house.store.events(self._seen(run_id), after, limit)

    async def wait(self, run_id: str, after: int, seconds: float) -> Events:
        """Give what happens after event number ``after`` as soon as it does.

        Nothing when nothing has happened after ``seconds``. The last event of a run is ``ended``;
        after it there is nothing to wait for. However many wait, the database is asked once.
        """
        found = await asyncio.to_thread(self._seen, run_id)
        return await self.house.store.feed.wait(self.house.store, found, after, seconds)

    def every(self, run_id: str) -> Events:
        """Give all that happened in a run, however much that is."""
        seen, found = self._seen(run_id), Events()
        while part := self.house.store.events(seen, found[-1].id if found else 0, MOST):
            found += part
            if len(part) < MOST:
                break
        return found

    async def further(self, run_id: str, after: int, seconds: float) -> Events:
        """Go on as ``wait`` does, for a reader who was let see this run a moment ago."""
        return await self.house.store.feed.wait(self.house.store, run_id, after, seconds)

    def _seen(self, run_id: str) -> str:
        self.house.permit(Action.SEE_RUNS)
        run = self.house.store.get(run_id)
        self.house.let(Action.SEE_RUNS, Thing(run.project, run.mode))
        return run.id
