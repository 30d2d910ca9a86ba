"""A secret whose description is open; apart from the database it came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.vault.secret import SecretCard


@dataclass(frozen=True, slots=True)
class Opened:
    """A version whose description is open; the values only where they were asked for."""

    card: SecretCard
    provider: str
    values: Mapping[str, str] = field(repr=False, default_factory=dict)
    reference: Mapping[str, Any] = field(default_factory=dict)

    def sealed(self) -> tuple[str, Mapping[str, str], Mapping[str, Any], tuple[str, ...]]:
        """Give what a ``Draft`` of the next version ends with."""
        return self.provider, self.values, self.reference, self.card.fields
