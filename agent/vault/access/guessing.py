"""Slowing down who guesses at a name, and who guesses from an address.

A try is counted before it is looked at, so a hundred at once are a hundred tries. What was guessed
at is kept as a keyed index only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, insert, select

from agent.vault.access.refusals import TooManyTries
from agent.vault.access.tables import guess
from agent.vault.pae import context
from agent.vault.transactions import fetch, writing

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from agent.vault.audit import Trail

FREE_FOR_NAME: Final = 5
FREE_FOR_ADDRESS: Final = 20
"""Tries that are not slowed."""
LONGEST_WAIT: Final = 300.0
_FORGOTTEN_AFTER: Final = 600.0


@dataclass(frozen=True, slots=True)
class Guesses:
    """The tries at one vault's door."""

    trail: Trail

    def begin(self, name: str, address: str) -> None:
        """Count a try at a (canonical) name. Raises ``TooManyTries`` where it comes too soon."""
        now = self.trail.clock()
        marks = ((f"name {name}", FREE_FOR_NAME), (f"address {address}", FREE_FOR_ADDRESS))
        with writing(self.trail.engine) as connection:
            connection.execute(delete(guess).where(guess.c.free_at < now - _FORGOTTEN_AFTER))
            before = [self._row(connection, who) for who, _ in marks]
            late = max(free_at - now for _, free_at in before)
            if late <= 0:
                for (who, free), (failures, _) in zip(marks, before, strict=True):
                    wait = 0.0 if failures < free else min(LONGEST_WAIT, 2.0 ** (failures - free))
                    self._put(connection, who, failures + 1, now + wait)
        if late > 0:
            raise TooManyTries(max(1.0, late))

    def passed(self, name: str, address: str) -> None:
        """Take the last try back: it was right, and the name's others are forgotten."""
        with writing(self.trail.engine) as connection:
            failures, _ = self._row(connection, f"address {address}")
            self._put(connection, f"address {address}", max(0, failures - 1), self.trail.clock())
            connection.execute(delete(guess).where(guess.c.who == self._who(f"name {name}")))

    def _row(self, connection: Connection, who: str) -> tuple[int, float]:
        found = fetch(connection, select(guess).where(guess.c.who == self._who(who)))
        return (found[0]["failures"], found[0]["free_at"]) if found else (0, 0.0)

    def _put(self, connection: Connection, who: str, failures: int, free_at: float) -> None:
        key = self._who(who)
        connection.execute(delete(guess).where(guess.c.who == key))
        connection.execute(insert(guess).values(who=key, failures=failures, free_at=free_at))

    def _who(self, who: str) -> bytes:
        return self.trail.ring.seed_fingerprint(context("guess.v1", who))
