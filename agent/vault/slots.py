"""One key slot: the vault's root key, wrapped for one way to hold a key."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from agent.errors import VaultDamaged
from agent.vault.pae import context
from agent.vault.places import slot_place
from agent.vault.seal import seal, unseal
from agent.vault.transactions import DAMAGED_HINT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.vault.keyslots import Unlocker


def slot_row(
    vault_id: str, kind: str, params: Mapping[str, object], key: bytes, root: bytes
) -> dict[str, Any]:
    """Wrap ``root`` with ``key``: the columns of ``keyslot`` but the time."""
    slot_id = str(uuid4())
    text = params_text(params)
    place = slot_place(vault_id, slot_id, kind, text)
    row = {"id": slot_id, "kind": kind, "params": text, "wrapped": seal(key, root, place)}
    return {**row, "checksum": _checksum(vault_id, row)}


def open_slot(vault_id: str, slot: Mapping[Any, Any], unlocker: Unlocker) -> bytes:
    """Unwrap the root key with what ``unlocker`` holds.

    Raises ``WrongKey``, ``VaultDamaged``, and ``VaultLocked`` when the key cannot be had.
    """
    return open_with_key(vault_id, slot, slot_key(vault_id, slot, unlocker))


def slot_key(vault_id: str, slot: Mapping[Any, Any], unlocker: Unlocker) -> bytes:
    """Get the key that wraps a slot. Raises ``VaultDamaged`` and ``VaultLocked``."""
    check_slot(vault_id, slot)
    return unlocker.key(vault_id, slot_params(slot["params"]))


def open_with_key(vault_id: str, slot: Mapping[Any, Any], key: bytes) -> bytes:
    """Unwrap the root key with a slot's key. Raises ``WrongKey`` and ``VaultDamaged``."""
    place = slot_place(vault_id, slot["id"], slot["kind"], slot["params"])
    try:
        return unseal(key, _bytes(slot["wrapped"]), place)
    except VaultDamaged:
        raise _changed() from None


def rewrapped(
    vault_id: str, slot: Mapping[Any, Any], key: bytes, root: bytes, params: str = ""
) -> dict[str, Any]:
    """Wrap ``root`` in a slot that stays: the columns that change.

    Where ``key`` is another than before, ``params`` are the new ones as text.
    """
    changed = {**slot, "params": params or slot["params"]}
    place = slot_place(vault_id, slot["id"], slot["kind"], changed["params"])
    changed["wrapped"] = seal(key, root, place)
    checksum = _checksum(vault_id, changed)
    return {"params": changed["params"], "wrapped": changed["wrapped"], "checksum": checksum}


def params_text(params: Mapping[str, object]) -> str:
    """Write a slot's parameters as they are stored and bound."""
    return json.dumps(dict(params), sort_keys=True, separators=(",", ":"))


def check_slot(vault_id: str, slot: Mapping[Any, Any]) -> None:
    """Raise ``VaultDamaged`` for a slot that is not as it was written; needs no key."""
    if slot["checksum"] != _checksum(vault_id, slot):
        raise _changed()


def slot_params(text: str) -> Mapping[str, object]:
    """Read a slot's parameters. Raises ``VaultDamaged``."""
    try:
        params = json.loads(text)
    except (ValueError, TypeError):
        params = None
    if not isinstance(params, dict):
        raise _changed()
    return params


def _checksum(vault_id: str, slot: Mapping[Any, Any]) -> bytes:
    # A commitment that does not fit cannot say whether the key or a stored byte is wrong. This
    # plain checksum can; it guards against accidents only, and forging it gains nothing.
    fields = (str(slot[name]) for name in ("id", "kind", "params"))
    return hashlib.sha256(
        context("slot-sum.v1", vault_id, *fields, _bytes(slot["wrapped"]))
    ).digest()


def _bytes(blob: object) -> bytes:
    if not isinstance(blob, bytes):
        raise VaultDamaged("a key of the vault is not sealed", hint=DAMAGED_HINT)
    return blob


def _changed() -> VaultDamaged:
    return VaultDamaged("a key slot of the vault was changed", hint=DAMAGED_HINT)
