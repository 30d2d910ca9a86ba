"""Where a sealed blob belongs: the context every seal is bound to.

The first field is the kind of object, so that two objects under one key never open as each other;
the rest is the row's own identity, so that a blob moved to another row, or a row whose plain
columns were edited, does not open.
"""

from __future__ import annotations

from dataclasses import dataclass

from agent.vault.pae import context


@dataclass(frozen=True, slots=True)
class Place:
    """The identity of one version of one secret."""

    vault_id: str
    project_id: str
    secret_id: str
    version: int
    mode: str
    kind: str
    visibility: str

    def key(self, term: int) -> bytes:
        """Say where this version's own key belongs, wrapped under the ring's key ``term``."""
        return context("dek.v1", self.vault_id, self.secret_id, self.version, term)

    def payload(self, policy_hash: bytes) -> bytes:
        """Say where the values belong; ``policy_hash`` is the digest of the origins' list."""
        return context(
            "sec.v1",
            self.vault_id,
            self.project_id,
            self.secret_id,
            self.version,
            self.mode,
            self.kind,
            self.visibility,
            policy_hash,
        )

    def meta(self) -> bytes:
        """Say where the sealed name, origins and dates belong."""
        return context("meta.v1", self.vault_id, self.project_id, self.secret_id, self.version)


def ring_place(vault_id: str, generation: int) -> bytes:
    """Say where the keyring belongs."""
    return context("ring.v1", vault_id, generation)


def slot_place(vault_id: str, slot_id: str, kind: str, params: str) -> bytes:
    """Say where a wrapped root key belongs; ``params`` is the JSON text exactly as stored."""
    return context("slot.v1", vault_id, slot_id, kind, params)
