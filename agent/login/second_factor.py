"""What a second factor promises: whether an account has it, and how a challenge is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.browser.isolated import Sighting
    from agent.browser.session import Session
    from agent.vault.secret import Secret


class SecondFactor(Protocol):
    """One way to answer a challenge; one file in ``login/mfa`` and one line in its table."""

    @classmethod
    def fits(cls, secret: Secret) -> bool:
        """Tell whether the secret holds what this method needs."""

    @classmethod
    async def answer(cls, session: Session, boxes: Sequence[Sighting], secret: Secret) -> None:
        """Type the answer into one field or into the boxes of one code, through the keyboard."""
