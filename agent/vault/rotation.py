"""Rotating the keys of a vault while it is in use, so that a kill at any moment loses nothing.

1. One transaction puts a fresh term into the ring and makes it active; what is written from then
   on uses it. 2. Batches of rows move to it, each batch one transaction. 3. One transaction drops
the terms that no row uses any more. Until the last one both terms are in the ring, so every row
opens at every moment, and calling ``rotate`` again goes on where it stopped.

Moving a row wraps its own key (DEK) anew and leaves the values' bytes as they are. ``deep`` makes a
new key for each row as well and seals its values under it: for a ring that may be known to others.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select, tuple_, update

from agent.errors import VaultDamaged, WrongKey
from agent.vault.audit import Act, Entry
from agent.vault.epoch import Epochs
from agent.vault.kept_rows import drop_other_terms
from agent.vault.places import Place
from agent.vault.seal import JSON_STEP, KEY_BYTES, seal, unseal
from agent.vault.tables import secret, secret_version, vault_meta
from agent.vault.transactions import fetch, truncate_log, writing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Connection, Engine, RowMapping, Select

    from agent.vault.audit import Trail
    from agent.vault.opening import Opening
    from agent.vault.unlock import Unlocked

BATCH: Final = 50
"""Rows of one transaction: as long as that, nobody else can write to the vault."""

WRAP: Final = "wrap"
DEEP: Final = "deep"
_START: Final = ("", 0)


@dataclass(frozen=True, slots=True)
class Rotated:
    """What a rotation did: rows it moved, rows that do not open and stay, and the new term."""

    moved: int
    damaged: tuple[str, ...]
    term: int


@dataclass(slots=True)
class _Done:
    """One batch: ``last`` is the row it ended with, or None where there was none left."""

    moved: int = 0
    damaged: list[str] = field(default_factory=list)
    last: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Rotation:
    """Rotates the vault of ``opening``; ``passing`` is told of every point it goes through."""

    opening: Opening
    engine: Engine
    trail: Callable[[Unlocked], Trail]
    passing: Callable[[str], None] = lambda _point: None

    def rotate(self, *, deep: bool = False) -> Rotated:
        """Rotate, or finish a rotation that was interrupted."""
        self.opening.open()
        self._begin(DEEP if deep else WRAP)
        moved, damaged, after = 0, list[str](), _START
        while True:
            done = self._batch(after)
            moved, damaged = moved + done.moved, damaged + done.damaged
            if done.last is None:
                break
            after = done.last
        term = self._finish()
        truncate_log(self.engine)
        return Rotated(moved, tuple(damaged), term)

    def _begin(self, how: str) -> None:
        with writing(self.engine) as connection:
            opened = self.opening.current(connection)
            if opened.ring.rotating in {how, DEEP}:
                return
            Epochs(opened.vault_id, opened.ring).wrapped(connection, 0, fresh=True)
            self._keep(connection, opened, opened.following(opened.ring.begun(how)), how)
            self.passing("begin")
        self.passing("begun")

    def _batch(self, after: tuple[str, int]) -> _Done:
        done = _Done()
        with writing(self.engine) as connection:
            opened = self.opening.current(connection)
            for row in fetch(connection, _following(opened.ring.active_term, after)):
                done.last = (row["id"], row["version"])
                try:
                    self._move(connection, opened, row)
                except (VaultDamaged, WrongKey):
                    done.damaged.append(row["id"])
                else:
                    done.moved += 1
                self.passing("row")
            if done.moved:
                Epochs(opened.vault_id, opened.ring).wrapped(connection, done.moved)
        self.passing("batch")
        return done

    def _move(self, connection: Connection, opened: Unlocked, row: RowMapping) -> None:
        change = _resealed if opened.ring.rotating == DEEP else _rewrapped
        version = secret_version.c
        connection.execute(
            update(secret_version)
            .where(version.secret_id == row["id"], version.version == row["version"])
            .values(**change(opened, row))
        )

    def _finish(self) -> int:
        with writing(self.engine) as connection:
            opened = self.opening.current(connection)
            used = {row["term"] for row in fetch(connection, select(secret_version.c.term))}
            after = opened.following(opened.ring.finished(used))
            drop_other_terms(connection, self.trail(opened), after.ring.keys)
            self._keep(connection, opened, after, "done")
            self.passing("finish")
        self.passing("finished")
        return after.ring.active_term

    def _keep(self, connection: Connection, opened: Unlocked, after: Unlocked, reason: str) -> None:
        connection.execute(update(vault_meta).values(**after.sealed_ring()))
        entry = Entry(Act.REKEYED, opened.vault_id, version=after.ring.active_term, reason=reason)
        self.trail(opened).append(connection, entry)


def _following(term: int, after: tuple[str, int]) -> Select[Any]:
    version = secret_version.c
    return (
        select(
            secret.c.id,
            secret.c.project_id,
            secret.c.mode,
            secret.c.kind,
            secret.c.visibility,
            version.version,
            version.term,
            version.dek,
            version.meta,
            version.ct,
            version.policy_hash,
        )
        .join_from(secret_version, secret, version.secret_id == secret.c.id)
        .where(version.term != term, tuple_(secret.c.id, version.version) > after)
        .order_by(secret.c.id, version.version)
        .limit(BATCH)
    )


def _place(vault_id: str, row: Mapping[Any, Any]) -> Place:
    return Place(
        vault_id,
        row["project_id"],
        row["id"],
        row["version"],
        row["mode"],
        row["kind"],
        row["visibility"],
    )


def _own_key(opened: Unlocked, row: Mapping[Any, Any], place: Place) -> bytes:
    return unseal(opened.ring.key(row["term"]), row["dek"], place.key(row["term"]))


def _wrapped(opened: Unlocked, key: bytes, place: Place) -> dict[str, Any]:
    term = opened.ring.active_term
    return {"term": term, "dek": seal(opened.ring.key(term), key, place.key(term))}


def _rewrapped(opened: Unlocked, row: Mapping[Any, Any]) -> dict[str, Any]:
    place = _place(opened.vault_id, row)
    return _wrapped(opened, _own_key(opened, row, place), place)


def _resealed(opened: Unlocked, row: Mapping[Any, Any]) -> dict[str, Any]:
    place = _place(opened.vault_id, row)
    before, fresh = _own_key(opened, row, place), os.urandom(KEY_BYTES)
    payload = place.payload(row["policy_hash"])
    return {
        **_wrapped(opened, fresh, place),
        "meta": seal(fresh, unseal(before, row["meta"], place.meta()), place.meta()),
        "ct": seal(fresh, unseal(before, row["ct"], payload), payload, step=JSON_STEP),
    }
