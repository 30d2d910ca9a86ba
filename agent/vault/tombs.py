"""What a deleted secret was called, so that a run that still refers to it can say so.

The secret's own key is destroyed with it; the name is sealed under a key derived from the ring's
index key, which a rotation of terms leaves alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from agent.errors import VaultDamaged, WrongKey
from agent.vault.pae import context
from agent.vault.seal import KEY_BYTES, expand, seal, unseal
from agent.vault.tables import tombstone
from agent.vault.transactions import fetch

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from agent.vault.records import Records

_NOTE = b"runner.tombstone.v1"


def bury(connection: Connection, records: Records, secret_id: str, name: str) -> None:
    """Keep the name of a secret that is being deleted."""
    sealed = seal(_key(records), name.encode(), _place(records, secret_id))
    connection.execute(insert(tombstone).values(secret_id=secret_id, name=sealed))


def name_on_tomb(connection: Connection, records: Records, secret_id: str) -> str:
    """Read what a deleted secret was called; empty where it is not known."""
    rows = fetch(connection, select(tombstone).where(tombstone.c.secret_id == secret_id))
    if not rows or not isinstance(rows[0]["name"], bytes):
        return ""
    try:
        return unseal(_key(records), rows[0]["name"], _place(records, secret_id)).decode()
    except (WrongKey, VaultDamaged):
        return ""


def _key(records: Records) -> bytes:
    return expand(records.ring.index_key, _NOTE, KEY_BYTES)


def _place(records: Records, secret_id: str) -> bytes:
    return context("tomb.v1", records.vault_id, secret_id)
