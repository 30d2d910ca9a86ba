"""The keys of a vault: the ring the root key wraps.

Old terms stay in the ring, so a rotation of the wrapping key needs neither a human nor the key
slots. ``audit_key`` authenticates audit rows and the heads of secrets, ``index_key`` makes the
blind index of names and the fingerprints of TOTP keys.
"""

from __future__ import annotations

import hmac
import json
import os
import unicodedata
from base64 import b64decode, b64encode
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from agent.errors import VaultDamaged
from agent.vault.pae import context
from agent.vault.seal import KEY_BYTES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


@dataclass(frozen=True, slots=True)
class Ring:
    """Every key below the root key; prints none of them.

    ``rotating`` says how a rotation that is not done yet goes on; empty where there is none.
    """

    active_term: int
    keys: Mapping[int, bytes] = field(repr=False)
    audit_key: bytes = field(repr=False)
    index_key: bytes = field(repr=False)
    rotating: str = ""

    @classmethod
    def new(cls) -> Ring:
        """Make a ring of fresh random keys with one term."""
        return cls(1, {1: os.urandom(KEY_BYTES)}, os.urandom(KEY_BYTES), os.urandom(KEY_BYTES))

    @classmethod
    def from_bytes(cls, text: bytes) -> Ring:
        """Read ``to_bytes``; raises ``VaultDamaged`` for anything else."""
        try:
            read = json.loads(text)
            return cls(
                int(read["active_term"]),
                {int(term): b64decode(key, validate=True) for term, key in read["keys"].items()},
                b64decode(read["audit_key"], validate=True),
                b64decode(read["index_key"], validate=True),
                str(read.get("rotating", "")),
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            raise VaultDamaged("the vault's keyring has an unknown form") from None

    def to_bytes(self) -> bytes:
        """Write the ring as canonical JSON, for sealing only."""
        return json.dumps(
            {
                "active_term": self.active_term,
                "keys": {str(term): _text(key) for term, key in self.keys.items()},
                "audit_key": _text(self.audit_key),
                "index_key": _text(self.index_key),
                "rotating": self.rotating,
            },
            sort_keys=True,
            separators=(",", ":"),
        ).encode()

    def begun(self, how: str) -> Ring:
        """Make the ring of a rotation that begins: a fresh term is active, the others stay."""
        term = max(self.keys) + 1
        keys = {**self.keys, term: os.urandom(KEY_BYTES)}
        return replace(self, active_term=term, keys=keys, rotating=how)

    def finished(self, used: Collection[int]) -> Ring:
        """Make the ring of a rotation that is done: terms that nothing uses are dropped."""
        kept = {term: key for term, key in self.keys.items() if term in used}
        active = {self.active_term: self.keys[self.active_term]}
        return replace(self, keys=kept | active, rotating="")

    def key(self, term: int) -> bytes:
        """Give the wrapping key of ``term``; raises ``VaultDamaged`` when there is none."""
        if term not in self.keys:
            raise VaultDamaged("a secret names a key that is not in the vault's keyring")
        return self.keys[term]

    def name_index(self, project_id: str, mode: str, name: str) -> bytes:
        """Give the blind index of a secret's name: equal for names that read the same."""
        folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
        return self._index("name.v1", project_id, mode, folded)

    def seed_fingerprint(self, identity: bytes) -> bytes:
        """Give the ledger's key of ``TotpKey.identity``: one for one seed in two secrets."""
        return self._index("seed.v1", identity)

    def origin_index(self, secret_id: str, origin: str) -> bytes:
        """Give the blind index of the origin that a kept session is signed in at."""
        return self._index("kept.v1", secret_id, origin)

    def authenticate(self, message: bytes) -> bytes:
        """Give the MAC of an audit row or of a secret's head."""
        return hmac.digest(self.audit_key, message, "sha256")

    def _index(self, namespace: str, *fields: str | int | bytes) -> bytes:
        return hmac.digest(self.index_key, context(namespace, *fields), "sha256")


def _text(key: bytes) -> str:
    return b64encode(key).decode()
