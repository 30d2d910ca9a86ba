"""Making a vault, and getting from an unlocker's key to the vault's ring.

key slot (a file, a passphrase, …)  wraps  root key  wraps  ring
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from sqlalchemy import insert, select

from agent.errors import VaultDamaged, VaultLocked, WrongKey
from agent.vault.epoch import Epochs
from agent.vault.places import ring_place
from agent.vault.ring import Ring
from agent.vault.seal import KEY_BYTES, seal, unseal
from agent.vault.slots import open_slot, slot_row
from agent.vault.tables import keyslot, vault_meta
from agent.vault.transactions import DAMAGED_HINT, fetch, reading

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Connection, Engine, RowMapping

    from agent.vault.keyslots import Unlocker

FORMAT: Final = 1
_FIRST_GENERATION: Final = 1


@dataclass(frozen=True, slots=True)
class Unlocked:
    """A vault's identity, its open ring in one generation, and the key and slot that opened it."""

    vault_id: str
    ring: Ring = field(repr=False)
    generation: int
    root: bytes = field(repr=False)
    slot_id: str

    def sealed_ring(self) -> dict[str, Any]:
        """Seal the ring: columns of ``vault_meta``."""
        place = ring_place(self.vault_id, self.generation)
        return {
            "ring": seal(self.root, self.ring.to_bytes(), place),
            "ring_gen": self.generation,
        }

    def following(self, ring: Ring) -> Unlocked:
        """Make the next generation, which holds ``ring``."""
        return replace(self, ring=ring, generation=self.generation + 1)

    def read(self, meta: Mapping[Any, Any]) -> Unlocked:
        """Open the ring of the vault's row as it is now, under the root key known already."""
        ring = _ring(self.root, self.vault_id, meta)
        return replace(self, ring=ring, generation=meta["ring_gen"])


def vault_row(connection: Connection) -> RowMapping | None:
    """Read the vault's own row, or None where no vault was made yet."""
    rows = fetch(connection, select(vault_meta))
    if len(rows) > 1:
        raise VaultDamaged("the database holds more than one vault", hint=DAMAGED_HINT)
    return rows[0] if rows else None


@dataclass(frozen=True, slots=True)
class NewVault:
    """A vault with one key slot, before it is kept: whoever is asked for a key was asked."""

    unlocked: Unlocked
    slot: Mapping[str, Any] = field(repr=False)
    forget: Callable[[], None]
    """Removes the key again, where another process has made a vault meanwhile."""

    @classmethod
    def with_key(cls, unlocker: Unlocker) -> NewVault:
        """Make the vault and its key."""
        vault_id, ring, root = str(uuid4()), Ring.new(), os.urandom(KEY_BYTES)
        params, key = unlocker.new_key(vault_id)
        row = slot_row(vault_id, unlocker.kind, params, key, root)
        made = Unlocked(vault_id, ring, _FIRST_GENERATION, root, row["id"])
        return cls(made, row, partial(unlocker.forget, vault_id, params))

    def keep(self, connection: Connection, created_at: str) -> Unlocked | None:
        """Write it, in a transaction of ``transactions.writing``; None where there is one."""
        if vault_row(connection) is not None:
            return None  # another process was quicker
        made = self.unlocked
        epoch = Epochs(made.vault_id, made.ring).first()
        row = {"vault_id": made.vault_id, "format": FORMAT, "epoch": epoch, **made.sealed_ring()}
        connection.execute(insert(vault_meta).values(**row))
        connection.execute(insert(keyslot).values(**self.slot, created_at=created_at))
        return made


@dataclass(frozen=True, slots=True)
class Locked:
    """The vault's row and its key slots of one kind, as they were read."""

    meta: Mapping[Any, Any] = field(repr=False)
    slots: list[RowMapping] = field(repr=False)

    def open(self, unlocker: Unlocker) -> Unlocked:
        """Open the ring; needs no transaction, as a person may be asked. Raises as ``unlock``."""
        vault_id = self.meta["vault_id"]
        slot_id, root = _root_key(vault_id, self.slots, unlocker)
        ring = _ring(root, vault_id, self.meta)
        return Unlocked(vault_id, ring, self.meta["ring_gen"], root, slot_id)


def unlock(engine: Engine, unlocker: Unlocker) -> Unlocked:
    """Open the ring as it stands.

    Raises ``VaultLocked`` (no vault, no slot of this kind, no key), ``WrongKey`` (the key is
    another vault's, or the passphrase is not this one's) and ``VaultDamaged``. No other kind of
    slot is tried: a vault that opens with a keyring does not quietly open with a file.
    """
    with reading(engine) as connection:
        there = locked(connection, unlocker.kind)
    return there.open(unlocker)


def locked(connection: Connection, kind: str) -> Locked:
    """Read what a key of this kind opens. Raises ``VaultLocked`` and ``VaultDamaged``."""
    meta = vault_row(connection)
    if meta is None:
        raise VaultLocked(
            "there is no vault here yet", hint="runner vault init or runner secrets add makes one"
        )
    if meta["format"] != FORMAT:
        raise VaultLocked(
            f"the vault has format {meta['format']!r:.20}; this program reads format {FORMAT}",
            hint="it was written by another version of slotrunner: use that one, or a newer one",
        )
    return Locked(meta, _slots(connection, kind))


def _ring(root: bytes, vault_id: str, meta: Mapping[Any, Any]) -> Ring:
    place = ring_place(vault_id, meta["ring_gen"])
    if not isinstance(meta["ring"], bytes):
        raise VaultDamaged("a key of the vault is not sealed", hint=DAMAGED_HINT)
    try:
        return Ring.from_bytes(unseal(root, meta["ring"], place))
    except (WrongKey, VaultDamaged):
        raise VaultDamaged("the vault's keyring was changed", hint=DAMAGED_HINT) from None


def _slots(connection: Connection, kind: str) -> list[RowMapping]:
    slots = fetch(connection, select(keyslot).order_by(keyslot.c.created_at))
    fitting = [slot for slot in slots if slot["kind"] == kind]
    if fitting:
        return fitting
    kinds = ", ".join(sorted({str(slot["kind"]) for slot in slots})) or "nothing at all"
    raise VaultLocked(
        f"the vault does not open with a {kind}: it opens with {kinds}",
        hint="say which to use: RUNNER_KEY=…, or add this one: runner vault add-key",
    )


def _root_key(vault_id: str, slots: list[RowMapping], unlocker: Unlocker) -> tuple[str, bytes]:
    """Try the slots of one kind; where none opens, the most telling refusal is raised."""
    absent: VaultLocked | None = None
    wrong = False
    for slot in slots:
        try:
            return slot["id"], open_slot(vault_id, slot, unlocker)
        except WrongKey:
            wrong = True
        except VaultLocked as error:
            absent = absent or error
    if absent is not None and not wrong:
        raise absent
    raise WrongKey(
        f"this {unlocker.kind} does not open this vault ({vault_id})",
        hint="use the key this vault was made with; the secrets in it are untouched",
    )
