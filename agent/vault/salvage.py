"""What can still be said of a secret whose seals do not hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.errors import VaultDamaged
from agent.vault.origin import OriginPolicy
from agent.vault.secret import SecretCard

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

    from agent.vault.shelf import Shelf


def card_of(shelf: Shelf, row: RowMapping) -> SecretCard:
    """Describe a secret; a damaged one by its plain columns alone, without a name."""
    try:
        return shelf.records.describe(row).card
    except VaultDamaged:
        return SecretCard(
            id=row["id"],
            name="(damaged)",
            type=row["kind"],
            fields=(),
            origins=OriginPolicy(()),
            version=row["current_version"],
            mode=row["mode"],
            visibility=row["visibility"],
            created_at=row["created_at"],
        )
