"""Signed-in sessions that later runs go on with instead of signing in.

A session belongs to one version of one secret, to one mode, and to the origin it is signed in at.
Whatever happens to the secret drops it in the same transaction; so a run that was about to go on
with it finds nothing, and signs in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from agent.errors import UsageError, VaultDamaged
from agent.vault.audit import Act, Entry, Trail
from agent.vault.fence import OPEN
from agent.vault.kept_rows import KeptRows, KeptState, drop_sessions
from agent.vault.lockout import Lockouts
from agent.vault.origin import Origin
from agent.vault.tables import kept_session, secret
from agent.vault.transactions import fetch, reading, truncate_log, writing

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

    from agent.vault.fence import Fence
    from agent.vault.kept_rows import KeptCard
    from agent.vault.secret import SecretCard

LARGEST: Final = 2 * 1024 * 1024
"""Bytes of a session's state; a larger one is not kept."""


@dataclass(frozen=True, slots=True)
class KeptSessions:
    """The kept sessions of one vault; the run is the one of ``trail``.

    ``fence`` is asked before one is given or kept. Raises ``RunInterrupted`` where it says no.
    """

    trail: Trail = field(repr=False)
    fence: Fence = OPEN

    def cards(self, ids: Collection[str]) -> list[KeptCard]:
        """Describe the sessions of these secrets, the newest first. Raises ``VaultDamaged``."""
        rows = KeptRows(self.trail)
        with reading(self.trail.engine) as connection:
            found = [rows.card(row) for row in rows.all(connection) if row["secret_id"] in ids]
        return sorted(found, key=lambda card: card.saved_at, reverse=True)

    def read(self, card: SecretCard) -> list[KeptState]:
        """Open what is kept for the secret as it is, for matchers to learn; nothing is used yet.

        Raises ``VaultDamaged``.
        """
        rows = KeptRows(self.trail)
        with reading(self.trail.engine) as connection:
            if not fetch(connection, select(kept_session.c.secret_id).limit(1)):
                return []
            mine = rows.of(connection, card.id)
            return [rows.open(connection, row, card) for row in mine if _is_of(row, card)]

    def use(self, card: SecretCard, origin: str) -> KeptState | None:
        """Give the session of an origin to the run that goes on with it; audited in the same act.

        None where there is none, where the secret has another version by now, or is frozen. Raises
        ``VaultDamaged``.
        """
        rows = KeptRows(self.trail)
        with writing(self.trail.engine) as connection:
            self.fence.confirm(connection)
            if not self._stands(connection, card):
                return None
            place = self.trail.ring.origin_index(card.id, origin)
            mine = [row for row in rows.of(connection, card.id) if row["place"] == place]
            if not mine or not _is_of(mine[0], card):
                return None
            found = rows.open(connection, mine[0], card)
            rows.used(connection, mine[0])
            self.trail.append(connection, _entry(Act.SESSION_USED, card, origin))
        return found

    def keep(self, card: SecretCard, origin: str, state: bytes) -> bool:
        """Seal a session in place of the one there is at this origin.

        False, and nothing is written, where the secret has another version by now, is frozen or
        gone. Raises ``UsageError`` for a state of more than ``LARGEST`` bytes.
        """
        if len(state) > LARGEST:
            raise UsageError(f"the session is larger than {LARGEST // 1024} KiB and is not kept")
        with writing(self.trail.engine) as connection:
            self.fence.confirm(connection)
            if not self._stands(connection, card):
                return False
            try:
                KeptRows(self.trail).put(connection, card, origin, state)
            except VaultDamaged:
                # The row in its place was altered: it is worth nothing, like those beside it.
                KeptRows(self.trail).clear(connection)
                KeptRows(self.trail).put(connection, card, origin, state)
            self.trail.append(connection, _entry(Act.SESSION_KEPT, card, origin))
        truncate_log(self.trail.engine)
        return True

    def drop(self, card: SecretCard, origin: str = "", *, why: str = "asked") -> list[str]:
        """Drop what is kept of a secret, or that at one origin; gives the origins."""
        with writing(self.trail.engine) as connection:
            if not origin:
                gone = drop_sessions(connection, self.trail, card.id, why)
            else:
                gone = self._drop_at(connection, card, origin, why)
        truncate_log(self.trail.engine)
        return gone

    def drop_all(self) -> list[str]:
        """Drop every session of the vault, altered ones too; gives the origins."""
        rows = KeptRows(self.trail)
        with writing(self.trail.engine) as connection:
            there = fetch(connection, select(kept_session))
            rows.clear(connection)
            entry = Entry(Act.SESSION_DROPPED, self.trail.vault_id, reason="all")
            self.trail.append(connection, entry)
        truncate_log(self.trail.engine)
        return sorted(rows.where(row) for row in there)

    def _drop_at(
        self, connection: Connection, card: SecretCard, origin: str, why: str
    ) -> list[str]:
        place = self.trail.ring.origin_index(card.id, origin)
        here = (kept_session.c.secret_id == card.id) & (kept_session.c.place == place)
        found = fetch(connection, select(kept_session).where(here))
        if not found:
            return []
        KeptRows(self.trail).drop(connection, found)
        entry = _entry(Act.SESSION_DROPPED, card, origin)
        self.trail.append(connection, Entry(entry.act, card.id, origin=entry.origin, reason=why))
        return [origin]

    def _stands(self, connection: Connection, card: SecretCard) -> bool:
        """Tell whether the secret is still as the run opened it, and may be used."""
        head = select(secret.c.current_version, secret.c.deleted_at).where(secret.c.id == card.id)
        rows = fetch(connection, head)
        if not rows or rows[0]["deleted_at"] or rows[0]["current_version"] != card.version:
            return False
        return not Lockouts(self.trail).frozen(connection, card)


def _is_of(row: object, card: SecretCard) -> bool:
    kept: dict[str, object] = dict(row)  # type: ignore[call-overload]  # a row of SQLAlchemy
    return (kept["version"], kept["mode"]) == (card.version, card.mode)


def _entry(act: Act, card: SecretCard, origin: str) -> Entry:
    return Entry(act, card.id, origin=Origin.parse(origin), version=card.version)
