"""A new root key for a vault: for when a key slot may be known to others.

Every slot that stays must be opened now, since its key wraps the new root; the others are dropped
by name. Slots and ring change in one transaction, so a kill leaves the one root or the other.
"""

from __future__ import annotations

import hmac
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, update

from agent.errors import UsageError, VaultLocked, WrongKey
from agent.vault.audit import Act, Entry
from agent.vault.seal import KEY_BYTES
from agent.vault.slots import open_with_key, rewrapped, slot_key
from agent.vault.tables import keyslot, vault_meta
from agent.vault.transactions import fetch, writing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Connection, RowMapping

    from agent.vault.keyslots import Unlocker
    from agent.vault.store import Vault
    from agent.vault.unlock import Unlocked


@dataclass(frozen=True, slots=True)
class Rooting:
    """Changes the root key of ``vault``; ``unlockers`` makes the unlocker of a kind.

    ``passing`` is told of every point it goes through.
    """

    vault: Vault
    unlockers: Callable[[str], Unlocker]
    passing: Callable[[str], None]

    def change(self, slots: Sequence[RowMapping], dropped: Sequence[RowMapping]) -> None:
        """Wrap a fresh root key in ``slots`` and drop the others.

        Raises ``VaultLocked`` or ``WrongKey`` naming a slot that does not open, and then nothing
        has changed.
        """
        opened = self.vault.opening.open()
        keys = {slot["id"]: self._key(opened, slot) for slot in slots}
        self.passing("opened")
        root = os.urandom(KEY_BYTES)
        changes = {
            slot["id"]: rewrapped(opened.vault_id, slot, keys[slot["id"]], root) for slot in slots
        }
        for slot in slots:
            again = open_with_key(
                opened.vault_id, {**slot, **changes[slot["id"]]}, keys[slot["id"]]
            )
            if not hmac.compare_digest(again, root):
                raise VaultLocked("the new root key did not open again: nothing was changed")
        self.passing("proven")
        trail = self.vault.trail()
        with writing(trail.engine) as connection:
            _refuse_others(connection, [*slots, *dropped])
            now = self.vault.opening.current(connection)
            after = replace(now.following(now.ring), root=root)
            _write(connection, changes, after.sealed_ring())
            for slot in dropped:
                connection.execute(delete(keyslot).where(keyslot.c.id == slot["id"]))
                trail.append(connection, Entry(Act.KEY_REMOVED, slot["id"], reason=slot["kind"]))
            trail.append(connection, Entry(Act.REKEYED, opened.vault_id, reason="root"))
            self.passing("written")
        self.vault.opening.took(after)
        self.passing("kept")

    def _key(self, opened: Unlocked, slot: RowMapping) -> bytes:
        try:
            key = slot_key(opened.vault_id, slot, self.unlockers(slot["kind"]))
            root = open_with_key(opened.vault_id, slot, key)
        except (VaultLocked, WrongKey) as error:
            raise type(error)(
                f"the key slot {slot['id'][:8]} ({slot['kind']}) does not open: {error.message}",
                hint=f"have its key at hand, or give the slot up: --drop-key {slot['id'][:8]}",
            ) from None
        if not hmac.compare_digest(root, opened.root):
            raise WrongKey(f"the key slot {slot['id'][:8]} holds another root key")
        return key


def _write(
    connection: Connection, changes: Mapping[str, Mapping[str, Any]], ring: Mapping[str, Any]
) -> None:
    for ident, change in changes.items():
        connection.execute(update(keyslot).where(keyslot.c.id == ident).values(**change))
    connection.execute(update(vault_meta).values(**ring))


def _refuse_others(connection: Connection, known: Sequence[RowMapping]) -> None:
    there = {(row["id"], row["wrapped"]) for row in fetch(connection, select(keyslot))}
    if there != {(row["id"], row["wrapped"]) for row in known}:
        raise UsageError("the vault's keys were changed meanwhile", hint="call it again")
