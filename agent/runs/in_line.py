"""Runs of one login, or of a site with a limit: they wait; those of one login go in order.

That two never run at once the store sees to, whatever is done here: its index allows one running
run of a key. Here is only the waiting, by the process that will carry the run out.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from agent.errors import RunInterrupted, RunTimeout, SecretBusy
from agent.runs.states import State
from agent.runs.worker import this_worker

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.runs.claim import Claim
    from agent.runs.run import Run

LONGEST_WAIT: Final = 1800.0
"""Seconds a run stands in line."""
_LOOK_AGAIN: Final = 0.25


class Lines(Protocol):
    """The part of a store of runs that is needed; all calls block."""

    def wait(self, run_id: str, worker: str) -> list[Run]:
        """Note that a worker waits for a run's turn; gives the runs that go before it."""

    def claim(self, run_id: str, worker: str) -> Claim | None:
        """Take a queued run."""

    def sweep(self) -> list[str]:
        """Take runs from workers that went away."""

    def get(self, run: str) -> Run:
        """Find a run by its id."""

    def cancel(self, run_id: str) -> State:
        """Cancel a queued run."""


@dataclass(frozen=True, slots=True)
class InLine:
    """Claims runs when it is their turn; ``told`` hears where in the line one stands."""

    runs: Lines
    told: Callable[[str], None] = field(default=lambda _words: None)
    longest_wait: float = LONGEST_WAIT

    async def claim(self, run: Run) -> Claim:
        """Wait for a run's turn and take it; a run that is not taken in the end is cancelled.

        Raises ``SecretBusy`` or ``RunTimeout`` after ``longest_wait`` seconds, and
        ``RunInterrupted`` where someone else has taken or ended the run.
        """
        if run.serial_key is None:
            claim = self.runs.claim(run.id, this_worker())
            if claim is not None:
                return claim
            if self.runs.get(run.id).state is not State.QUEUED:
                raise _not_to_be_had(run)
        try:
            return await self._wait(run)
        except (RunTimeout, asyncio.CancelledError):
            self.runs.cancel(run.id)
            raise

    async def _wait(self, run: Run) -> Claim:
        loop, worker = asyncio.get_running_loop(), this_worker()
        words = said = ""
        deadline = loop.time() + self.longest_wait
        while True:
            ahead, claim = await asyncio.to_thread(self._look, run, worker)
            if claim is not None:
                return claim
            # What is seen once only may be the moment between two runs.
            before, words = words, _words(run, ahead)
            if said != words == before:
                said = words
                self.told(said)
            if loop.time() > deadline:
                raise self._too_late(run, ahead)
            await asyncio.sleep(_LOOK_AGAIN)

    def _too_late(self, run: Run, ahead: list[Run]) -> RunTimeout:
        told = f"{_words(run, ahead)}, and it did not come within {self.longest_wait:g} s"
        if run.serial_key is None:
            return RunTimeout(told, hint="run fewer of these at once; runner limits list")
        return SecretBusy(
            told,
            hint="run fewer of these at once, or leave concurrency out of the slot if the site "
            "lets the account in more than once",
        )

    def _look(self, run: Run, worker: str) -> tuple[list[Run], Claim | None]:
        self.runs.sweep()
        ahead = self.runs.wait(run.id, worker)
        claim = None if ahead else self.runs.claim(run.id, worker)
        if claim is None and self.runs.get(run.id).state is not State.QUEUED:
            raise _not_to_be_had(run)
        return ahead, claim


def _not_to_be_had(run: Run) -> RunInterrupted:
    return RunInterrupted(
        f"run {run.id} is not to be had: it was taken or ended elsewhere",
        hint="runner runs show tells how it stands",
    )


def _words(run: Run, ahead: list[Run]) -> str:
    if not ahead and run.sites:
        return "a site it goes to is at its limit: waiting for its turn"
    if not ahead:
        return "another run uses the same login: waiting for its turn"
    more = f" and {len(ahead) - 1} more" if len(ahead) > 1 else ""
    return f"run {ahead[0].id[:8]}{more} with the same login goes first: waiting for its turn"
