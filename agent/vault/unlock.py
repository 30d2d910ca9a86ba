"""Making a vault, and getting from an unlocker's key to the vault's ring.

key slot (a file, a passphrase)  wraps  root key  wraps  ring
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from sqlalchemy import insert, select

from agent.errors import VaultDamaged, VaultLocked, WrongKey
from agent.vault.pae import context
from agent.vault.places import ring_place, slot_place
from agent.vault.ring import Ring
from agent.vault.seal import KEY_BYTES, seal, unseal
from agent.vault.tables import keyslot, vault_meta
from agent.vault.transactions import DAMAGED_HINT, fetch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection, RowMapping

    from agent.vault.keyslots import Unlocker

FORMAT: Final = 1
_FIRST_GENERATION: Final = 1


@dataclass(frozen=True, slots=True)
class Unlocked:
    """A vault's identity and its open ring."""

    vault_id: str
    ring: Ring = field(repr=False)


def vault_row(connection: Connection) -> RowMapping | None:
    """Read the vault's own row, or None where no vault was made yet."""
    rows = fetch(connection, select(vault_meta))
    if len(rows) > 1:
        raise VaultDamaged("the database holds more than one vault", hint=DAMAGED_HINT)
    return rows[0] if rows else None


def create(connection: Connection, unlocker: Unlocker, created_at: str) -> Unlocked:
    """Make a vault with one key slot, in a transaction of ``transactions.writing``.

    The slot is opened once from what the unlocker kept before anything counts on it.
    """
    made = Unlocked(str(uuid4()), Ring.new())
    root = os.urandom(KEY_BYTES)
    params, key = unlocker.new_key(made.vault_id)
    row = _slot_row(made.vault_id, unlocker.kind, params, key, root)
    place = ring_place(made.vault_id, _FIRST_GENERATION)
    connection.execute(
        insert(vault_meta).values(
            vault_id=made.vault_id,
            format=FORMAT,
            ring=seal(root, made.ring.to_bytes(), place),
            ring_gen=_FIRST_GENERATION,
        )
    )
    connection.execute(insert(keyslot).values(**row, created_at=created_at))
    return made


def unlock(connection: Connection, unlocker: Unlocker) -> Unlocked:
    """Open the ring.

    Raises ``VaultLocked`` (no vault, no slot of this kind, no key), ``WrongKey`` (the key is
    another vault's, or the passphrase is not this one's) and ``VaultDamaged``.
    """
    meta = vault_row(connection)
    if meta is None:
        raise VaultLocked("there is no vault here yet", hint="runner secrets add makes one")
    if meta["format"] != FORMAT:
        raise VaultLocked(
            f"the vault has format {meta['format']!r:.20}; this program reads format {FORMAT}",
            hint="it was written by another version of slotrunner: use that one, or a newer one",
        )
    vault_id = meta["vault_id"]
    root = _root_key(vault_id, _slots(connection, unlocker.kind), unlocker)
    try:
        opened = unseal(root, _bytes(meta["ring"]), ring_place(vault_id, meta["ring_gen"]))
    except (WrongKey, VaultDamaged):
        raise VaultDamaged("the vault's keyring was changed", hint=DAMAGED_HINT) from None
    return Unlocked(vault_id, Ring.from_bytes(opened))


def _slots(connection: Connection, kind: str) -> list[RowMapping]:
    slots = fetch(connection, select(keyslot))
    fitting = [slot for slot in slots if slot["kind"] == kind]
    if fitting:
        return fitting
    kinds = ", ".join(sorted({str(slot["kind"]) for slot in slots})) or "nothing at all"
    raise VaultLocked(
        f"the vault does not open with a {kind}: it opens with {kinds}",
        hint="unlock it the way it was made",
    )


def _root_key(vault_id: str, slots: list[RowMapping], unlocker: Unlocker) -> bytes:
    for slot in slots:
        if slot["checksum"] != _checksum(vault_id, slot):
            raise VaultDamaged("a key slot of the vault was changed", hint=DAMAGED_HINT)
        place = slot_place(vault_id, slot["id"], slot["kind"], slot["params"])
        key = unlocker.key(vault_id, _params(slot["params"]))
        try:
            return unseal(key, _bytes(slot["wrapped"]), place)
        except WrongKey:
            continue
        except VaultDamaged:
            raise VaultDamaged("a key slot of the vault was changed", hint=DAMAGED_HINT) from None
    raise WrongKey(
        f"this {unlocker.kind} does not open this vault ({vault_id})",
        hint="use the key this vault was made with; the secrets in it are untouched",
    )


def _slot_row(
    vault_id: str, kind: str, params: Mapping[str, object], key: bytes, root: bytes
) -> dict[str, Any]:
    slot_id = str(uuid4())
    text = json.dumps(dict(params), sort_keys=True, separators=(",", ":"))
    place = slot_place(vault_id, slot_id, kind, text)
    row = {"id": slot_id, "kind": kind, "params": text, "wrapped": seal(key, root, place)}
    return {**row, "checksum": _checksum(vault_id, row)}


def _checksum(vault_id: str, slot: Mapping[Any, Any]) -> bytes:
    # A commitment that does not fit cannot say whether the key or a stored byte is wrong. This
    # plain checksum can; it guards against accidents only, and forging it gains nothing.
    fields = (str(slot[name]) for name in ("id", "kind", "params"))
    return hashlib.sha256(
        context("slot-sum.v1", vault_id, *fields, _bytes(slot["wrapped"]))
    ).digest()


def _params(text: str) -> Mapping[str, object]:
    try:
        params = json.loads(text)
    except (ValueError, TypeError):
        params = None
    if not isinstance(params, dict):
        raise VaultDamaged("a key slot of the vault was changed", hint=DAMAGED_HINT)
    return params


def _bytes(blob: object) -> bytes:
    if not isinstance(blob, bytes):
        raise VaultDamaged("a key of the vault is not sealed", hint=DAMAGED_HINT)
    return blob
