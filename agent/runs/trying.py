"""Steps that try a password out: each does it alone, and a rejection is written before the next."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from agent.errors import RunnerError
from agent.runs.course import outcome_of
from agent.runs.turn import Turns
from agent.steps.context import nobody_waits
from agent.vault.lockout import REJECTIONS, Lockouts, Use
from agent.vault.secret import GIVEN
from agent.vault.trials import Trials

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from agent.runs.turn import Runs
    from agent.steps.step import Step
    from agent.vault.audit import Trail
    from agent.vault.open import RunSecrets


@dataclass(frozen=True, slots=True)
class Trying:
    """The passwords one run tries out; ``told`` hears of a wait.

    ``trail`` opens the vault's, which a run without secrets may not have.
    """

    run_id: str
    secrets: RunSecrets
    trail: Callable[[], Trail]
    runs: Runs
    told: Callable[[str], None]

    @asynccontextmanager
    async def alone(self, step: Step) -> AsyncIterator[Callable[[], Awaitable[None]]]:
        """Let a step that signs in do it alone; gives what it calls when it is signed in.

        A step that goes on after it has signed in lets the next run try with that call. Raises
        ``SecretBusy`` when others take too long.
        """
        if not step.uses():
            yield nobody_waits
            return
        trail = replace(self.trail(), run_id=self.run_id)
        trials = Trials(trail)
        used = [self.secrets[use.slot].card for use in step.uses() if use.tries]
        # What was given for this run alone no other run can try.
        cards = [card for card in used if card.has("password") and card.source != GIVEN]

        async def accepted() -> None:
            await asyncio.to_thread(trials.end, cards)

        async with Turns(trials, self.runs, self.told).turn(cards):
            try:
                yield accepted
            except RunnerError as failed:
                if outcome_of(failed) in REJECTIONS:
                    await asyncio.to_thread(self._rejected, step, Lockouts(trail))
                raise

    def _rejected(self, step: Step, lockouts: Lockouts) -> None:
        """Freeze the secrets whose password was rejected, and none that a step uses beside them."""
        for use in step.uses():
            if not use.tries:
                continue
            lockouts.reject(self.secrets[use.slot].card, Use(use.slot, step.title))
