"""What two processes pass each other through the database while a run goes on, sealed.

A picture of a page, a key that was pressed: each is bound to its run and its number, so nothing
that was written into the table by someone else is ever taken for it, and nothing twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agent.errors import VaultDamaged, WrongKey
from agent.vault.pae import context
from agent.vault.seal import seal, unseal

if TYPE_CHECKING:
    from agent.vault.audit import Trail


@dataclass(frozen=True, slots=True)
class Sealed:
    """Something sealed, and the term of the key that opens it."""

    term: int
    blob: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Envelope:
    """Seals and opens what one run is passed, of one ``kind``."""

    trail: Trail = field(repr=False)
    run_id: str
    kind: str

    def seal(self, number: int, content: bytes) -> Sealed:
        """Seal the piece with this number."""
        ring = self.trail.ring
        blob = seal(ring.key(ring.active_term), content, self._place(number))
        return Sealed(ring.active_term, blob)

    def open(self, number: int, sealed: Sealed) -> bytes | None:
        """Open the piece with this number; None where it is not the one that was sealed."""
        try:
            return unseal(self.trail.ring.key(sealed.term), sealed.blob, self._place(number))
        except (WrongKey, VaultDamaged):
            return None

    def _place(self, number: int) -> bytes:
        return context("passed.v1", self.trail.vault_id, self.run_id, self.kind, number)
