"""A run's turn to sign in with a secret that others may be signing in with right now."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from agent.errors import RunnerError, SecretBusy, UsageError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from agent.runs.run import Run
    from agent.vault.secret import SecretCard
    from agent.vault.trials import Trials

LONGEST_WAIT: Final = 300.0
"""Seconds a run waits for its turn."""
_LOOK_AGAIN: Final = 0.25


class Runs(Protocol):
    """What a turn must know of other runs: whether they still go on."""

    def sweep(self) -> list[str]:
        """Take runs from workers that went away."""

    def get(self, run: str) -> Run:
        """Find a run by its id. Raises ``UsageError``."""


@dataclass(frozen=True, slots=True)
class Turns:
    """Lets one run at a time try the passwords of ``cards`` out; ``told`` hears of a wait."""

    trials: Trials
    runs: Runs
    told: Callable[[str], None] = field(default=lambda _words: None)
    longest_wait: float = LONGEST_WAIT

    @asynccontextmanager
    async def turn(self, cards: Sequence[SecretCard]) -> AsyncIterator[None]:
        """Wait for the turn, and give it back when the block ends.

        A block that raises ``RunnerError`` has an outcome; one that is cut short otherwise has
        none. Raises ``SecretBusy`` when others take longer than ``longest_wait``.
        """
        if not cards:
            yield
            return
        await self._wait(cards)
        settle, run_id = self.trials.cut_short, self.trials.trail.run_id
        known = False
        try:
            yield
            known = True
        except RunnerError:
            known = True
            raise
        finally:
            if known:
                await asyncio.to_thread(self.trials.end, cards)
            else:
                await asyncio.to_thread(settle, cards, run_id)

    async def _wait(self, cards: Sequence[SecretCard]) -> None:
        loop = asyncio.get_running_loop()
        deadline, told = loop.time() + self.longest_wait, False
        while holder := await asyncio.to_thread(self._claim, cards):
            if not told:
                self.told(f"run {holder[:8]} is signing in with {cards[0].name}: waiting for it")
                told = True
            if loop.time() > deadline:
                raise SecretBusy(
                    f"run {holder[:8]} is signing in with {cards[0].name}, and this run waited "
                    f"{self.longest_wait:g} s for its turn",
                    hint="one run at a time tries a password out; start fewer runs at once",
                )
            await asyncio.sleep(_LOOK_AGAIN)

    def _claim(self, cards: Sequence[SecretCard]) -> str:
        holder = self.trials.holder(cards)
        if holder and not self._goes_on(holder):
            self.trials.cut_short(cards, holder)
            holder = ""
        return holder or self.trials.begin(cards)

    def _goes_on(self, run_id: str) -> bool:
        self.runs.sweep()
        try:
            return not self.runs.get(run_id).state.ended
        except UsageError:
            return False
