"""Looking after a vault's keys: its slots, rotation, and whether everything in it still opens.

A new slot is opened again from what was kept before anything counts on it. The slot that opened
the vault cannot be removed, so the one that stays is one that was just shown to open.
"""

from __future__ import annotations

import hmac
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select

from agent.errors import UsageError, VaultLocked
from agent.vault.audit import Act, Entry, timestamp
from agent.vault.rooting import Rooting
from agent.vault.rotation import Rotation
from agent.vault.slots import open_slot, slot_params, slot_row
from agent.vault.tables import keyslot, secret, secret_version
from agent.vault.transactions import fetch, reading, truncate_log, writing
from agent.vault.unlock import vault_row
from agent.vault.verification import verify

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection, Engine, RowMapping

    from agent.vault.keyslots import Unlocker
    from agent.vault.rotation import Rotated
    from agent.vault.store import Vault
    from agent.vault.verification import Verified


@dataclass(frozen=True, slots=True)
class SlotCard:
    """What may be shown of a key slot; ``opened`` is whether it opened the vault just now."""

    id: str
    kind: str
    created_at: str
    opened: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of a vault without its key; ``terms`` counts the versions under each."""

    vault_id: str
    slots: tuple[SlotCard, ...]
    secrets: int
    versions: int
    terms: dict[int, int]
    generation: int


@dataclass(frozen=True, slots=True)
class Custody:
    """The keys of one vault; ``unlockers`` makes the unlocker of a kind.

    ``passing`` is told of every point that adding and removing a slot goes through.
    """

    vault: Vault
    engine: Engine
    unlockers: Callable[[str], Unlocker]
    passing: Callable[[str], None] = lambda _point: None

    def status(self) -> Status | None:
        """Describe the vault, or None where there is none. Needs no key."""
        with reading(self.engine) as connection:
            meta = vault_row(connection)
            if meta is None:
                return None
            slots = tuple(_card(row) for row in _slots(connection))
            counted = select(secret_version.c.term, func.count()).group_by(secret_version.c.term)
            terms = {int(term): int(count) for term, count in connection.execute(counted)}
            live = select(func.count()).select_from(secret).where(secret.c.deleted_at.is_(None))
            secrets = connection.execute(live).scalar_one()
        return Status(
            meta["vault_id"], slots, secrets, sum(terms.values()), terms, meta["ring_gen"]
        )

    def unlock(self) -> SlotCard:
        """Open the vault and tell which slot did it. Raises as ``unlock.unlock`` does."""
        opened = self.vault.opening.open()
        with reading(self.engine) as connection:
            [row] = [row for row in _slots(connection) if row["id"] == opened.slot_id]
        return _card(row, opened=True)

    def add_key(self, kind: str) -> SlotCard:
        """Add another way to open the vault. Raises ``VaultLocked`` when it does not open."""
        opened = self.vault.opening.open()
        unlocker = self.unlockers(kind)
        params, key = unlocker.new_key(opened.vault_id)
        self.passing("made")
        row = slot_row(opened.vault_id, kind, params, key, opened.root)
        if not hmac.compare_digest(open_slot(opened.vault_id, row, unlocker), opened.root):
            raise VaultLocked(f"the new {kind} does not open the vault", hint="nothing was changed")
        self.passing("proven")
        kept = {**row, "created_at": timestamp(time.time())}
        with writing(self.engine) as connection:
            connection.execute(insert(keyslot).values(**kept))
            entry = Entry(Act.KEY_ADDED, row["id"], reason=kind)
            self.vault.trail().append(connection, entry)
            self.passing("added")
        self.passing("kept")
        return _card(kept)

    def remove_key(self, slot: str) -> SlotCard:
        """Remove a slot, named by its id or the start of it, and then its key where it is kept.

        Raises ``UsageError`` for the last slot and for the one that opened the vault just now.
        """
        opened = self.vault.opening.open()
        with writing(self.engine) as connection:
            rows = _slots(connection)
            row = _one(rows, slot)
            _refuse_removal(rows, row, opened.slot_id)
            connection.execute(delete(keyslot).where(keyslot.c.id == row["id"]))
            entry = Entry(Act.KEY_REMOVED, row["id"], reason=row["kind"])
            self.vault.trail().append(connection, entry)
            self.passing("deleted")
        self.passing("removed")
        truncate_log(self.engine)
        self._forget(opened.vault_id, rows, row)
        self.passing("forgotten")
        return _card(row)

    def _forget(self, vault_id: str, rows: list[RowMapping], row: RowMapping) -> None:
        same = [one for one in rows if (one["kind"], one["params"]) == (row["kind"], row["params"])]
        if len(same) == 1:
            self.unlockers(row["kind"]).forget(vault_id, slot_params(row["params"]))

    def rotate(self, *, deep: bool = False) -> Rotated:
        """Rotate the wrapping key, and with ``deep`` every secret's own key; resumes by itself."""
        return self.rotation().rotate(deep=deep)

    def rotate_root(self, dropped: Sequence[str] = ()) -> Rotated:
        """Make a new root key, give up the slots ``dropped`` names, and rotate deep below it.

        Each slot that stays is asked for its key. Raises ``UsageError`` for the slot that opened
        the vault just now, and as ``Rooting.change`` does.
        """
        with reading(self.engine) as connection:
            opened = self.vault.opening.current(connection)
            rows = _slots(connection)
        gone = [_one(rows, slot) for slot in dropped]
        for row in gone:
            _refuse_removal(rows, row, opened.slot_id)
        stay = [row for row in rows if row not in gone]
        Rooting(self.vault, self.unlockers, self.passing).change(stay, gone)
        for row in gone:
            self._forget(opened.vault_id, rows, row)
        return self.rotate(deep=True)

    def rotation(self, passing: Callable[[str], None] | None = None) -> Rotation:
        """Make the rotation of this vault."""
        opening, trail = self.vault.opening, lambda _opened: self.vault.trail()
        if passing is None:
            return Rotation(opening, self.engine, trail)
        return Rotation(opening, self.engine, trail, passing)

    def verify(self) -> Verified:
        """Open everything there is, and check the audit trail."""
        return verify(self.vault.opening, self.vault.trail())


def _slots(connection: Connection) -> list[RowMapping]:
    return list(fetch(connection, select(keyslot).order_by(keyslot.c.created_at)))


def _card(row: Any, *, opened: bool = False) -> SlotCard:
    return SlotCard(row["id"], row["kind"], row["created_at"], opened)


def _one(rows: list[RowMapping], slot: str) -> RowMapping:
    found = [row for row in rows if slot and row["id"].startswith(slot)]
    if len(found) != 1:
        how = "more than one key slot begins" if found else "no key slot begins"
        raise UsageError(f"{how} with {slot!r:.40}", hint="runner vault status lists them")
    return found[0]


def _refuse_removal(rows: list[RowMapping], row: RowMapping, opened: str) -> None:
    if len(rows) == 1:
        raise UsageError(
            "this is the vault's only key: without it no secret could be read again",
            hint="add another first: runner vault add-key",
        )
    if row["id"] == opened:
        raise UsageError(
            "the vault was opened with this very key",
            hint="open it with the one that is to stay (RUNNER_KEY=…), and remove this one then",
        )
