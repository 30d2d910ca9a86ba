"""At most one run at a time tries a secret's password out; the others wait for how it went.

Runs that start together would each type a wrong password once before the first rejection froze it,
and that many rejections lock an account. So a run claims the secret before it signs in and gives it
back with the outcome. A run that is cut short between typing the password and the site's answer
leaves the outcome open: the next run may try once more, and a second one in a row that is cut short
freezes the secret as a rejection does. Whether the password was typed, the audit knows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from agent.vault.audit import Act, Trail, timestamp
from agent.vault.guards import Guard
from agent.vault.lockout import Lockouts
from agent.vault.tables import audit, trial
from agent.vault.transactions import fetch, reading, writing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from agent.vault.secret import SecretCard

MOST_UNSETTLED: Final = 2
"""Trials in a row whose outcome nobody saw before the secret is frozen."""


@dataclass(frozen=True, slots=True)
class Trials:
    """The trials of one vault; the run is the one of ``trail``."""

    trail: Trail = field(repr=False)

    def holder(self, cards: Sequence[SecretCard]) -> str:
        """Give the id of another run that is trying one of these out; empty where none is."""
        with reading(self.trail.engine) as connection:
            return self._holder(connection, cards)

    def begin(self, cards: Sequence[SecretCard]) -> str:
        """Claim these secrets for this run, all or none; gives ``holder`` where another was first.

        The claim lasts until ``end``, or until someone sees that the run is over (``cut_short``).
        """
        with writing(self.trail.engine) as connection:
            holder = self._holder(connection, cards)
            if not holder:
                for card in cards:
                    # An earlier attempt of this very run may have been killed.
                    self._cut(connection, card, self.trail.run_id)
                    before = self._row(connection, card)
                    same = before.get("version") == card.version
                    unsettled = before["unsettled"] if same else 0
                    self._put(connection, card, self.trail.run_id, unsettled)
        return holder

    def end(self, cards: Sequence[SecretCard]) -> None:
        """Give back what this run claimed: how its trial ended is known."""
        with writing(self.trail.engine) as connection:
            for card in cards:
                row = self._row(connection, card)
                if row.get("run_id") == self.trail.run_id:
                    self._guard().drop(connection, trial, row)

    def cut_short(self, cards: Sequence[SecretCard], run_id: str) -> None:
        """Take what a run claimed that is over without an outcome; a second time freezes it."""
        with writing(self.trail.engine) as connection:
            for card in cards:
                self._cut(connection, card, run_id)

    def _cut(self, connection: Connection, card: SecretCard, run_id: str) -> None:
        row = self._row(connection, card)
        if not run_id or row.get("run_id") != run_id:
            return
        unsettled = row["unsettled"] + self._was_typed(connection, row)
        if unsettled >= MOST_UNSETTLED:
            Lockouts(self.trail).doubt(connection, card, run_id)
            unsettled = 0
        if unsettled:
            self._put(connection, card, "", unsettled)
        else:
            self._guard().drop(connection, trial, row)

    def _holder(self, connection: Connection, cards: Sequence[SecretCard]) -> str:
        held = [self._row(connection, card).get("run_id", "") for card in cards]
        others = [run_id for run_id in held if run_id not in ("", self.trail.run_id)]
        return str(others[0]) if others else ""

    def _row(self, connection: Connection, card: SecretCard) -> dict[Any, Any]:
        rows = self._guard().rows(connection, trial)
        found = [dict(row) for row in rows if row["secret_id"] == card.id]
        return found[0] if found else {}

    def _put(self, connection: Connection, card: SecretCard, run_id: str, unsettled: int) -> None:
        row = {
            "secret_id": card.id,
            "run_id": run_id,
            "version": card.version,
            "unsettled": unsettled,
            "since": timestamp(self.trail.clock()),
        }
        self._guard().put(connection, trial, row)

    def _was_typed(self, connection: Connection, row: dict[Any, Any]) -> bool:
        typed = select(audit.c.seq).where(
            audit.c.object == row["secret_id"],
            audit.c.action == Act.REVEALED.value,
            audit.c.outcome == "allowed",
            audit.c.run_id == row["run_id"],
            audit.c.at >= row["since"],
            audit.c.detail.contains('"field":"password"', autoescape=True),
        )
        return bool(fetch(connection, typed.limit(1)))

    def _guard(self) -> Guard:
        return Guard("lockouts", self.trail.vault_id, self.trail.ring)
