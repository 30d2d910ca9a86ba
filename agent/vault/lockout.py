"""The lockout budget: one rejected password, and the secret rests.

A site that rejects a password counts, and after a few rejections locks the account. So a secret
whose password was rejected is frozen for that site, across all runs, until it has a new version or
a person unfreezes it. A compromised secret is frozen for every site. What is known of lockouts is
guarded: a row that was altered or taken out unfreezes nothing, it is noticed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from agent.errors import SecretFrozen
from agent.vault.audit import Act, Entry, Trail, timestamp
from agent.vault.guards import Guard
from agent.vault.kept_rows import drop_sessions
from agent.vault.origin import Origin
from agent.vault.secret import GIVEN
from agent.vault.tables import audit, lockout
from agent.vault.transactions import fetch, reading, writing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection, RowMapping

    from agent.vault.origin import OriginPolicy
    from agent.vault.secret import SecretCard

EVERYWHERE: Final = ""
"""The origin of a freeze that counts for every site."""
REJECTIONS: Final = frozenset({"bad_credentials", "locked"})
"""The outcomes of a sign-in that cost one try of the account."""


@dataclass(frozen=True, slots=True)
class Freeze:
    """One standing freeze; ``origin`` is empty for every site."""

    origin: str
    version: int
    rejections: int
    frozen_at: str
    run_id: str

    def concerns(self, sites: OriginPolicy | None) -> bool:
        """Tell whether a use on ``sites`` is meant; ``None`` is a use that may be anywhere."""
        if sites is None or self.origin == EVERYWHERE:
            return True
        return sites.allows(Origin.of_server(self.origin))

    def refusal(self, name: str) -> SecretFrozen:
        """Make the error for a use of the frozen secret."""
        if self.origin == EVERYWHERE:
            why = f"it was marked as compromised on {self.frozen_at}"
        elif not self.rejections:
            why = (
                f"two runs in a row were cut short while {self.origin} had its password to check, "
                f"the last on {self.frozen_at}"
            )
        else:
            run = f" (run {self.run_id[:8]})" if self.run_id else ""
            why = f"{self.origin} rejected its password on {self.frozen_at}{run}"
        return SecretFrozen(
            f"the secret {name} is frozen: {why}",
            hint=f"give it new values with runner secrets rotate “{name}”, or, if the values are "
            f"right, runner secrets unfreeze “{name}”",
        )


@dataclass(frozen=True, slots=True)
class Use:
    """Where in a run a password was rejected: the slot, and the step in words."""

    slot: str = ""
    step: str = ""


@dataclass(frozen=True, slots=True)
class Lockouts:
    """The freezes of one vault, read and written with what its audit trail holds."""

    trail: Trail = field(repr=False)

    def standing(self, card: SecretCard) -> list[Freeze]:
        """List what freezes the secret's present values, every site first."""
        if card.source == GIVEN:
            return self._of_given(card)
        with reading(self.trail.engine) as connection:
            frozen = [row for row in self._rows(connection, card.id) if row["frozen_at"]]
            renewed = self._renewed(connection, card.id) if frozen else 0
        return [_freeze(row) for row in frozen if row["version"] >= renewed]

    def check(self, card: SecretCard, sites: OriginPolicy | None) -> None:
        """Raise ``SecretFrozen`` for a secret that is frozen where it is to be used."""
        for freeze in self.standing(card):
            if freeze.concerns(sites):
                raise freeze.refusal(card.name)

    def check_at(self, card: SecretCard, origins: Iterable[Origin]) -> None:
        """Raise ``SecretFrozen`` for a secret about to go to a page of these origins."""
        where = {str(origin) for origin in origins}
        for freeze in self.standing(card):
            if freeze.origin in (EVERYWHERE, *where):
                raise freeze.refusal(card.name)

    def reject(self, card: SecretCard, use: Use) -> Freeze:
        """Note that the site of this trail's run rejected the password, and freeze it there."""
        with writing(self.trail.engine) as connection:
            origin = _typed_at(connection, card.id, self.trail.run_id)
            entry = Entry(
                Act.REJECTED,
                card.id,
                origin=Origin.of_server(origin) if origin else None,
                slot=use.slot,
                step=use.step,
                version=card.version,
            )
            # Of values given for one run alone the audit knows what became, and nothing else.
            given = card.source == GIVEN
            frozen = self._of_run(origin) if given else self._freeze(connection, card, origin)
            self.trail.append(connection, entry)
            return frozen

    def doubt(self, connection: Connection, card: SecretCard, run_id: str) -> None:
        """Freeze a secret whose password was tried twice in a row without an answer."""
        origin = _typed_at(connection, card.id, run_id)
        self._freeze(connection, card, origin, counts=False)
        entry = Entry(Act.REJECTED, card.id, version=card.version, reason="unsettled")
        where = Origin.of_server(origin) if origin else None
        self.trail.append(connection, replace(entry, origin=where))

    def compromised(self, *cards: SecretCard) -> dict[str, list[str]]:
        """Freeze secrets for every site until they have new values, all or none.

        Gives, by secret's id, where the sessions were signed in that were dropped with that.
        """
        dropped: dict[str, list[str]] = {}
        with writing(self.trail.engine) as connection:
            for card in cards:
                entry = Entry(Act.COMPROMISED, card.id, version=card.version)
                why = Act.COMPROMISED.value
                dropped[card.id] = drop_sessions(connection, self.trail, card.id, why)
                self._freeze(connection, card, EVERYWHERE)
                self.trail.append(connection, entry)
        return dropped

    def frozen(self, connection: Connection, card: SecretCard) -> bool:
        """Tell whether anything freezes the secret's present values now."""
        rows = [row for row in self._rows(connection, card.id) if row["frozen_at"]]
        renewed = self._renewed(connection, card.id) if rows else 0
        return any(row["version"] >= renewed for row in rows)

    def unfreeze(self, card: SecretCard) -> int:
        """Lift every freeze of the secret; gives how many there were. Counters stay."""
        with writing(self.trail.engine) as connection:
            frozen = [row for row in self._rows(connection, card.id) if row["frozen_at"]]
            for row in frozen:
                kept = {name: value for name, value in row.items() if name != "mac"}
                self._put(connection, {**kept, "frozen_at": None})
            self.trail.append(connection, Entry(Act.UNFROZEN, card.id, version=card.version))
        return len(frozen)

    def _of_run(self, origin: str) -> Freeze:
        return Freeze(origin, 0, 1, timestamp(self.trail.clock()), self.trail.run_id)

    def _of_given(self, card: SecretCard) -> list[Freeze]:
        """Find where values that only one run has were rejected: no second try by that run."""
        rejected = select(audit).where(
            audit.c.object == card.id, audit.c.action == Act.REJECTED.value
        )
        with reading(self.trail.engine) as connection:
            rows = fetch(connection, rejected)
        return [Freeze(row["origin"], 0, 1, row["at"], row["run_id"]) for row in rows]

    def _freeze(
        self, connection: Connection, card: SecretCard, origin: str, *, counts: bool = True
    ) -> Freeze:
        counted = [row for row in self._rows(connection, card.id) if row["origin"] == origin]
        row = {
            "secret_id": card.id,
            "origin": origin,
            "version": card.version,
            "rejections": (counted[0]["rejections"] if counted else 0)
            + (counts and origin != EVERYWHERE),
            "frozen_at": timestamp(self.trail.clock()),
            "run_id": self.trail.run_id,
        }
        self._put(connection, row)
        drop_sessions(connection, self.trail, card.id, "frozen")
        return _freeze(row)

    def _renewed(self, connection: Connection, secret_id: str) -> int:
        """Find the newest version that brought new values: other origins alone mend nothing."""
        chosen = select(audit.c.detail).where(
            audit.c.object == secret_id, audit.c.action == Act.ROTATED.value
        )
        rows = fetch(connection, chosen)
        return max((int(json.loads(row["detail"])["version"]) for row in rows), default=0)

    def _rows(self, connection: Connection, secret_id: str) -> list[RowMapping]:
        rows = self._guard().rows(connection, lockout)
        mine = [row for row in rows if row["secret_id"] == secret_id]
        return sorted(mine, key=lambda row: str(row["origin"]))

    def _put(self, connection: Connection, row: dict[Any, Any]) -> None:
        self._guard().put(connection, lockout, row)

    def _guard(self) -> Guard:
        return Guard("lockouts", self.trail.vault_id, self.trail.ring)


def _typed_at(connection: Connection, secret_id: str, run_id: str) -> str:
    """Find where a run last typed the secret; every site where it typed nothing."""
    rows = fetch(
        connection,
        select(audit)
        .where(
            audit.c.run_id == run_id,
            audit.c.object == secret_id,
            audit.c.action == Act.REVEALED.value,
            audit.c.outcome == "allowed",
        )
        .order_by(audit.c.seq.desc())
        .limit(1),
    )
    return str(rows[0]["origin"]) if rows else EVERYWHERE


def _freeze(row: RowMapping | dict[Any, Any]) -> Freeze:
    return Freeze(row["origin"], row["version"], row["rejections"], row["frozen_at"], row["run_id"])
