"""The rows of kept sessions, inside a caller's transaction: sealed, guarded, and never dear.

A session is only ever a saved sign-in. So whatever is wrong with its row, the answer is to drop it:
nothing that has to happen to a secret waits for a session that cannot be read.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, delete, insert, select

from agent.errors import VaultDamaged, WrongKey
from agent.vault.audit import Act, Entry, timestamp
from agent.vault.epoch import Epochs
from agent.vault.guards import Guard
from agent.vault.pae import context
from agent.vault.seal import JSON_STEP, KEY_BYTES, seal, unseal
from agent.vault.tables import kept_session, kept_state
from agent.vault.transactions import fetch

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy import ColumnElement, Connection, RowMapping, Table

    from agent.vault.audit import Trail
    from agent.vault.secret import SecretCard

GUARD: Final = "kept"


@dataclass(frozen=True, slots=True)
class KeptCard:
    """All that may be shown of a kept session; ``used_at`` is empty until a run went on with it."""

    secret_id: str
    origin: str
    mode: str
    version: int
    saved_at: str
    used_at: str


@dataclass(frozen=True, slots=True)
class KeptState:
    """A kept session as it was read; ``state`` is what the browser is given, as JSON."""

    card: KeptCard
    state: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeptRows:
    """Seals, opens and drops the sessions of one vault's project, by what ``trail`` holds."""

    trail: Trail = field(repr=False)

    def all(self, connection: Connection) -> list[RowMapping]:
        """Read every row. Raises ``VaultDamaged`` where one was altered or taken out."""
        return self._guard().rows(connection, kept_session)

    def of(self, connection: Connection, secret_id: str) -> list[RowMapping]:
        """Read the rows of one secret. Raises ``VaultDamaged`` as ``all`` does."""
        return [row for row in self.all(connection) if row["secret_id"] == secret_id]

    def put(self, connection: Connection, card: SecretCard, origin: str, state: bytes) -> None:
        """Seal a session in place of the one there is at this origin."""
        ring, key = self.trail.ring, os.urandom(KEY_BYTES)
        row: dict[Any, Any] = {
            "secret_id": card.id,
            "place": ring.origin_index(card.id, origin),
            "version": card.version,
            "mode": card.mode,
            "term": ring.active_term,
            "saved_at": self.now(),
            "used_at": None,
        }
        sealed = seal(key, state, self._place("kept.v1", row, origin), step=JSON_STEP)
        row |= {
            "dek": seal(ring.key(ring.active_term), key, self._place("kept-key.v1", row)),
            "origin": seal(key, origin.encode(), self._place("kept-origin.v1", row)),
            "digest": hashlib.sha256(sealed).digest(),
        }
        Epochs(self.trail.vault_id, ring).wrapped(connection, 1)
        self._guard().put(connection, kept_session, row)
        connection.execute(delete(kept_state).where(_same(kept_state, row)))
        body = {"secret_id": row["secret_id"], "place": row["place"], "sealed": sealed}
        connection.execute(insert(kept_state).values(**body))

    def used(self, connection: Connection, row: Mapping[Any, Any]) -> None:
        """Note that a run goes on with a session."""
        kept = {name: value for name, value in row.items() if name != "mac"}
        self._guard().put(connection, kept_session, {**kept, "used_at": self.now()})

    def card(self, row: Mapping[Any, Any]) -> KeptCard:
        """Describe a row. Raises ``VaultDamaged``."""
        origin = self._opened(row, row["origin"], self._place("kept-origin.v1", row)).decode()
        told = (row["mode"], row["version"], row["saved_at"], row["used_at"] or "")
        return KeptCard(row["secret_id"], origin, *told)

    def where(self, row: Mapping[Any, Any]) -> str:
        """Give the origin of a row, or say that it cannot be read."""
        try:
            return self.card(row).origin
        except VaultDamaged:
            return "a place that cannot be read"

    def open(self, connection: Connection, row: Mapping[Any, Any], card: SecretCard) -> KeptState:
        """Open a session for the secret as it is now. Raises ``VaultDamaged``.

        One of another version, mode or project of the secret does not open.
        """
        found = fetch(connection, select(kept_state).where(_same(kept_state, row)))
        sealed = found[0]["sealed"] if found else b""
        if not isinstance(sealed, bytes) or hashlib.sha256(sealed).digest() != row["digest"]:
            raise _damaged()
        known = self.card(row)
        now = {**row, "version": card.version, "mode": card.mode}
        place = self._place("kept.v1", now, known.origin)
        return KeptState(known, self._opened(row, sealed, place))

    def drop(self, connection: Connection, rows: Collection[Mapping[Any, Any]]) -> None:
        """Take rows out; where a row was altered all sessions of the vault go."""
        try:
            for row in rows:
                self._guard().drop(connection, kept_session, row)
                connection.execute(delete(kept_state).where(_same(kept_state, row)))
        except VaultDamaged:
            self.clear(connection)

    def clear(self, connection: Connection) -> None:
        """Take every session of the vault out, altered ones too."""
        self._guard().empty(connection)
        connection.execute(delete(kept_state))

    def now(self) -> str:
        """Give the time as tables have it."""
        return timestamp(self.trail.clock())

    def _opened(self, row: Mapping[Any, Any], sealed: bytes, place: bytes) -> bytes:
        try:
            wrapping = self.trail.ring.key(row["term"])
            key = unseal(wrapping, row["dek"], self._place("kept-key.v1", row))
            return unseal(key, sealed, place)
        except WrongKey:
            raise _damaged() from None

    def _place(self, kind: str, row: Mapping[Any, Any], *more: str) -> bytes:
        """Say where a sealed thing belongs."""
        columns = ("secret_id", "version", "mode", "place", "term")
        told = (row[name] for name in columns)
        return context(kind, self.trail.vault_id, self.trail.project, *told, *more)

    def _guard(self) -> Guard:
        return Guard(GUARD, self.trail.vault_id, self.trail.ring)


def drop_sessions(connection: Connection, trail: Trail, secret_id: str, why: str) -> list[str]:
    """Drop what is kept of a secret's sessions, in the transaction of what happens to the secret.

    Audited with ``why``; gives the origins they were signed in at.
    """
    mine = select(kept_session).where(kept_session.c.secret_id == secret_id)
    rows = fetch(connection, mine)
    if not rows:
        return []
    kept = KeptRows(trail)
    origins = [kept.where(row) for row in rows]
    kept.drop(connection, rows)
    trail.append(connection, Entry(Act.SESSION_DROPPED, secret_id, reason=why))
    return sorted(origins)


def changed(connection: Connection, trail: Trail, entry: Entry) -> None:
    """Audit a change of a secret after which none of its sessions counts, and drop them."""
    drop_sessions(connection, trail, entry.target, entry.act.value)
    trail.append(connection, entry)


def drop_other_terms(connection: Connection, trail: Trail, kept: Collection[int]) -> None:
    """Drop the sessions under keys that a rotation of the vault's keys takes away."""
    old = select(kept_session).where(kept_session.c.term.not_in(list(kept)))
    KeptRows(trail).drop(connection, fetch(connection, old))


def _same(table: Table, row: Mapping[Any, Any]) -> ColumnElement[bool]:
    return and_(table.c.secret_id == row["secret_id"], table.c.place == row["place"])


def _damaged() -> VaultDamaged:
    return VaultDamaged(
        "a kept session was changed by something else than the vault",
        hint="drop it: runner secrets sessions drop SECRET",
    )
