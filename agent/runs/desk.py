"""Where a run gets the one-time codes that no secret makes."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from agent.vault.outside_codes import OutsideCodes

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.login.second_factor import Question
    from agent.runs.watcher import Watcher
    from agent.vault.store import Vault

# Another process pushes the code: the database is all the two have in common.
_POLL: Final = 0.5


@dataclass(frozen=True, slots=True)
class CodeDesk:
    """The desk of one run."""

    run_id: str
    vault: Vault = field(repr=False)
    watcher: Watcher

    async def ask(self, question: Question) -> str | None:
        """Ask the person who watches; None where nobody does, or no answer came in time."""
        try:
            async with asyncio.timeout(question.seconds):
                return await self.watcher.code_wanted(question)
        except TimeoutError:
            return None

    async def pushed(self, seconds: float) -> str | None:
        """Wait for a code pushed to this run; None when none came in time."""
        self.watcher.notice(f"waiting for a code: runner runs code {self.run_id}")
        codes = self._codes()
        ends = time.monotonic() + seconds
        while True:
            code = await asyncio.to_thread(codes.take, self.run_id)
            if code is not None or time.monotonic() >= ends:
                return code
            await asyncio.sleep(_POLL)

    async def turn(self, mailbox: str, seconds: float) -> bool:
        """Wait to be the only run that waits for mail at ``mailbox``; False when others are."""
        codes = self._codes()
        ends = time.monotonic() + seconds
        told = _once(self.watcher.notice)
        while not await asyncio.to_thread(codes.take_turn, self.run_id, mailbox, _until(seconds)):
            if time.monotonic() >= ends:
                return False
            told("another run waits for mail in this mailbox: waiting for its turn")
            await asyncio.sleep(_POLL)
        return True

    async def end_turn(self) -> None:
        """Let the next run have its turn."""
        await asyncio.to_thread(self._codes().end_turn, self.run_id)

    def _codes(self) -> OutsideCodes:
        return OutsideCodes(self.vault.trail())


def _until(seconds: float) -> float:
    """Say when a turn ends by itself: after the wait for the mail and the sign-in around it."""
    return time.time() + 2 * seconds + 60


def _once(tell: Callable[[str], None]) -> Callable[[str], None]:
    said: set[str] = set()

    def tell_once(text: str) -> None:
        if text not in said:
            said.add(text)
            tell(text)

    return tell_once
