"""The account a run signs in with: a secret, never a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.login.mfa import SECOND_FACTORS

if TYPE_CHECKING:
    from agent.vault.secret import Secret


@dataclass(frozen=True, slots=True)
class Account:
    """A login secret bound to the step."""

    secret: Secret

    @property
    def has_totp(self) -> bool:
        """Tell whether the secret can make one-time codes."""
        return self.secret.card.has("totp")

    def methods(self) -> tuple[str, ...]:
        """Name the second factors this account can answer, in the table's order."""
        return tuple(name for name, factor in SECOND_FACTORS.items() if factor.fits(self.secret))
