"""Codes that a program pushes to the run: what receives the text message knows where it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from agent.login.outcome import Outcome, login_failed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agent.browser.isolated import Sighting
    from agent.browser.session import Session
    from agent.login.account import Account


class Webhook:
    """A code pushed for this very run, once; see ``runner runs code``."""

    kinds: ClassVar[frozenset[str]] = frozenset({"sms", "email", "totp", ""})
    repeats: ClassVar[bool] = False

    @classmethod
    def fits(cls, account: Account) -> bool:
        """Tell whether the step says that codes are pushed."""
        return account.source("webhook") is not None

    @classmethod
    async def answer(
        cls,
        session: Session,
        boxes: Sequence[Sighting],
        account: Account,
        on_wait: Callable[[float], None],
    ) -> None:
        """Wait for the code and type it. ``LoginFailed`` when none came in time."""
        source = account.source("webhook")
        if source is None:
            raise login_failed(Outcome.MFA_REQUIRED_BUT_NO_METHOD)
        on_wait(source.wait)
        code = await source.desk.pushed(source.wait)
        if code is None:
            raise login_failed(
                Outcome.TIMEOUT, detail=f"No code was pushed for this run in {source.wait:g} s."
            )
        account.codes_given += 1
        await session.keyboard.type_given_code(boxes, account.secret, code)
