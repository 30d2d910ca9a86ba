"""Codes that a person gives: who watches the run is asked, at the terminal or elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from agent.browser.outgoing import origin_text
from agent.login.outcome import Outcome, login_failed
from agent.login.second_factor import Question

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agent.browser.isolated import Sighting
    from agent.browser.session import Session
    from agent.login.account import Account


class Operator:
    """A code typed by the person who watches, where nothing is shown."""

    kinds: ClassVar[frozenset[str]] = frozenset({"totp", "sms", "email", ""})
    repeats: ClassVar[bool] = True

    @classmethod
    def fits(cls, account: Account) -> bool:
        """Tell whether the step says that a person is asked."""
        return account.source("operator") is not None

    @classmethod
    async def answer(
        cls,
        session: Session,
        boxes: Sequence[Sighting],
        account: Account,
        on_wait: Callable[[float], None],
    ) -> None:
        """Ask for the code and type it. ``LoginFailed`` where nobody is there to be asked."""
        source = account.source("operator")
        if source is None:
            raise login_failed(Outcome.MFA_REQUIRED_BUT_NO_METHOD)
        on_wait(source.wait)
        site = origin_text(session.page.url)
        again = account.codes_given > 0
        code = await source.desk.ask(Question(account.secret.slot, site, source.wait, again))
        if code is None:
            raise login_failed(
                Outcome.MFA_REQUIRED_BUT_NO_METHOD,
                detail="A person was to be asked for the code, and none gave one.",
            )
        account.codes_given += 1
        await session.keyboard.type_given_code(boxes, account.secret, code)
