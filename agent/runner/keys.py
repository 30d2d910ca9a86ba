"""The use cases of whoever looks after a vault: its keys, copies of it, and its audit trail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.vault.policy import Action

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sqlalchemy import RowMapping

    from agent.runner.house import House
    from agent.vault.audit import Verdict
    from agent.vault.backup import Backups
    from agent.vault.custody import Custody, SlotCard, Status
    from agent.vault.exchange import Exchange, Seal
    from agent.vault.rotation import Rotated
    from agent.vault.verification import Verified


@dataclass(frozen=True, slots=True)
class Chest:
    """The parts of a vault that only its keeper uses."""

    custody: Custody
    backups: Backups
    exchange: Exchange


@dataclass(frozen=True, slots=True)
class Keys:
    """What an Owner does with the vault as a whole."""

    house: House
    chest: Chest

    def create(self) -> SlotCard:
        """Make the vault with the configured kind of key; gives its first slot."""
        self.house.permit(Action.KEYS)
        self.house.vault.create()
        return self.chest.custody.unlock()

    def may_move(self) -> None:
        """Let an Owner take the whole database elsewhere. Raises ``NotAllowed``."""
        self.house.permit(Action.KEYS)

    def status(self) -> Status | None:
        """Describe the vault, or None where there is none. Needs no key."""
        self.house.permit(Action.SEE)
        return self.chest.custody.status()

    def unlock(self) -> SlotCard:
        """Open the vault and tell which slot did it."""
        self.house.permit(Action.SEE)
        return self.chest.custody.unlock()

    def add(self, kind: str) -> SlotCard:
        """Add another way to open the vault, shown to open it before it counts."""
        self.house.permit(Action.KEYS)
        return self.chest.custody.add_key(kind)

    def remove(self, slot: str) -> SlotCard:
        """Remove a way to open the vault. Raises ``UsageError`` for the last one."""
        self.house.permit(Action.KEYS)
        return self.chest.custody.remove_key(slot)

    def rotate(self, *, deep: bool) -> Rotated:
        """Rotate the wrapping key, or finish a rotation that was interrupted."""
        self.house.permit(Action.KEYS)
        return self.chest.custody.rotate(deep=deep)

    def rotate_root(self, dropped: Sequence[str]) -> Rotated:
        """Make a new root key and new keys for everything below it; drop the named slots."""
        self.house.permit(Action.KEYS)
        return self.chest.custody.rotate_root(dropped)

    def verify(self) -> Verified:
        """Open everything there is, and check the audit trail."""
        self.house.permit(Action.KEYS)
        return self.chest.custody.verify()

    def backup(self, target: Path) -> None:
        """Write a sealed copy of the database."""
        self.house.permit(Action.KEYS)
        self.chest.backups.backup(target)

    def restore(self, source: Path) -> Path | None:
        """Put a backup in the database's place; gives where what was there is kept."""
        self.house.permit(Action.KEYS)
        return self.chest.backups.restore(source)

    def accept_present(self) -> None:
        """Take the database as it is for the newest state, which is recorded."""
        self.house.permit(Action.KEYS)
        self.chest.backups.accept_present()

    def export(self, seal: Seal) -> bytes:
        """Give the project's secrets with their values as an age file."""
        self.house.permit(Action.EXPORT)
        return self.chest.exchange.export(seal)

    def take(self, sealed: bytes, seal: Seal) -> list[str]:
        """Add the secrets of an export; gives their names."""
        self.house.permit(Action.CREATE)
        return self.chest.exchange.take(sealed, seal)

    def purge(self, ref_or_name: str, keep: int) -> int:
        """Shred a secret's older versions but the newest ``keep``; tell how many went."""
        card = self.house.card(ref_or_name)
        self.house.permit(Action.PURGE, card)
        return self.house.vault.purge(card.id, keep)

    def audit_rows(self) -> list[RowMapping]:
        """Read the project's part of the audit trail, oldest first. Empty without a vault.

        What was done to the vault as a whole is part of every project's.
        """
        self.house.permit(Action.AUDIT)
        vault = self.house.vault
        return vault.trail().rows_of_project() if vault.is_created else []

    def verify_audit(self) -> Verdict:
        """Check the audit trail's chain and its end."""
        self.house.permit(Action.AUDIT)
        return self.house.vault.trail().verify()
