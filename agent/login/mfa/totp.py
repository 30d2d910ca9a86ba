"""One-time codes made from the secret's own TOTP key (RFC 6238)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.browser.isolated import Sighting
    from agent.browser.session import Session
    from agent.vault.secret import Secret


class Totp:
    """A code of the current window; each code is claimed in the vault and used once."""

    @classmethod
    def fits(cls, secret: Secret) -> bool:
        """Tell whether the secret holds a TOTP key."""
        return secret.card.has("totp")

    @classmethod
    async def answer(cls, session: Session, boxes: Sequence[Sighting], secret: Secret) -> None:
        """Claim the next unused code and type it; waits for its window, raises ``TotpBusy``."""
        await session.keyboard.type_code(boxes, secret)
