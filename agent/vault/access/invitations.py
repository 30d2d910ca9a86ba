"""Links that are good once, to choose a password with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agent.vault.access.refusals import SignInRefused
from agent.vault.access.tables import invitation
from agent.vault.access.texts import digest, random_text
from agent.vault.audit import Act, Entry
from agent.vault.guards import Guard
from agent.vault.transactions import reading, writing

if TYPE_CHECKING:
    from agent.vault.audit import Trail

FIRST_FOR: Final = 15 * 60.0
KEPT_FOR: Final = 24 * 3600.0
"""Seconds the first Owner's link is good, and anyone else's."""
FIRST: Final = ""
"""Whose the first Owner's link is: of whoever uses it."""


@dataclass(frozen=True, slots=True)
class Invitations:
    """The links of one vault that were not used yet."""

    trail: Trail

    def make(self, person: str) -> str:
        """Make a link's text for a person, or for the first Owner; older ones count no more."""
        text, now = random_text(), self.trail.clock()
        row = {
            "digest": digest(text),
            "person": person,
            "created_by": self.trail.actor,
            "expires_at": now + (FIRST_FOR if person == FIRST else KEPT_FOR),
        }
        with writing(self.trail.engine) as connection:
            guard = self._guard()
            for old in guard.rows(connection, invitation):
                if old["person"] == person or old["expires_at"] < now:
                    guard.drop(connection, invitation, old)
            guard.put(connection, invitation, row)
            self.trail.append(connection, Entry(Act.INVITED, person))
        return text

    def person_of(self, text: str) -> str:
        """Tell whose a link is. Raises ``SignInRefused`` for one that is used, over or unknown."""
        key, now = digest(text), self.trail.clock()
        with reading(self.trail.engine) as connection:
            rows = self._guard().rows(connection, invitation)
        found = [row for row in rows if row["digest"] == key and row["expires_at"] >= now]
        if not found:
            raise _refused()
        return str(found[0]["person"])

    def use(self, text: str) -> None:
        """Use a link up. Raises ``SignInRefused`` where someone was faster."""
        key = digest(text)
        with writing(self.trail.engine) as connection:
            rows = self._guard().rows(connection, invitation)
            if not any(row["digest"] == key for row in rows):
                raise _refused()
            self._guard().drop(connection, invitation, {"digest": key})

    def _guard(self) -> Guard:
        return Guard("passwords", self.trail.vault_id, self.trail.ring)


def _refused() -> SignInRefused:
    return SignInRefused(
        "this link was used, is too old, or never was one",
        hint="an owner makes another: runner people link NAME; at the first start, runner serve",
    )
