"""One-time codes made from the secret's own TOTP key (RFC 6238)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agent.browser.isolated import Sighting
    from agent.browser.session import Session
    from agent.login.account import Account


class Totp:
    """A code of the current window; each code is claimed in the vault and used once."""

    kinds: ClassVar[frozenset[str]] = frozenset({"totp", ""})
    repeats: ClassVar[bool] = True

    @classmethod
    def fits(cls, account: Account) -> bool:
        """Tell whether the secret holds a TOTP key."""
        return account.has_totp

    @classmethod
    async def answer(
        cls,
        session: Session,
        boxes: Sequence[Sighting],
        account: Account,
        on_wait: Callable[[float], None],
    ) -> None:
        """Claim the next unused code and type it; waits for its window, raises ``TotpBusy``."""
        await session.keyboard.type_code(boxes, account.secret, on_wait=on_wait)
