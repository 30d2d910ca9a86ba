"""Signing a message with a secret of the vault; the value stays inside.

The way of standardwebhooks.com: HMAC-SHA256 over id, time and body, with a key that is written
``whsec_`` and base64.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from typing import TYPE_CHECKING, Final

from agent.errors import SecretUnfit
from agent.vault.records import Records
from agent.vault.shelf import Shelf
from agent.vault.transactions import reading

if TYPE_CHECKING:
    from agent.vault.store import Vault

_PREFIX: Final = "whsec_"
_BYTES: Final = 32


def new_signing_key() -> str:
    """Make a key as the receiver is given it."""
    return _PREFIX + base64.b64encode(os.urandom(_BYTES)).decode()


def signature(vault: Vault, secret_id: str, message: bytes) -> str:
    """Give the signature of a message, as it stands in the header.

    Raises ``SecretMissing`` for a secret that is gone, ``SecretUnfit`` for one that is no signing
    key.
    """
    trail = vault.trail()
    with reading(trail.engine) as connection:
        ring = vault.opening.current(connection).ring
        shelf = Shelf(connection, Records(trail.vault_id, ring), vault.project)
        opened = shelf.records.open(shelf.find(secret_id))
    try:
        key = base64.b64decode(opened.values["value"].removeprefix(_PREFIX), validate=True)
    except (KeyError, binascii.Error, ValueError):
        raise SecretUnfit(f"the secret {opened.card.name} is no signing key") from None
    made = hmac.new(key, message, hashlib.sha256).digest()
    return "v1," + base64.b64encode(made).decode()
