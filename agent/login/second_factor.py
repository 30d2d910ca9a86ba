"""What a second factor promises: whether an account has it, and how a challenge is answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agent.browser.isolated import Sighting
    from agent.browser.session import Session
    from agent.login.account import Account


@dataclass(frozen=True, slots=True)
class Question:
    """A person is asked for a code: for which ``slot``, at which ``site``, for how many seconds.

    ``again``: the site has rejected the code before.
    """

    slot: str
    site: str
    seconds: float
    again: bool = False


class Desk(Protocol):
    """Where codes come from that no secret makes: a person, a program, a mail in its turn."""

    async def ask(self, question: Question) -> str | None:
        """Ask the person who watches the run; None where nobody does, or no answer came."""

    async def pushed(self, seconds: float) -> str | None:
        """Wait for a code pushed to this run; None when none came in time."""

    async def turn(self, mailbox: str, seconds: float) -> bool:
        """Wait to be the only run that waits for mail at ``mailbox``; False when others are."""

    async def end_turn(self) -> None:
        """Let the next run have its turn."""


class SecondFactor(Protocol):
    """One way to answer a challenge; one file in ``login/mfa`` and one line in its table.

    ``kinds`` are the factors a page may ask for that it answers (totp, email, sms), with ``""``
    among them when it may answer a page that does not say. ``repeats``: after a rejection a second
    answer makes sense.
    """

    kinds: ClassVar[frozenset[str]]
    repeats: ClassVar[bool]

    @classmethod
    def fits(cls, account: Account) -> bool:
        """Tell whether the account has what this method needs."""

    @classmethod
    async def answer(
        cls,
        session: Session,
        boxes: Sequence[Sighting],
        account: Account,
        on_wait: Callable[[float], None],
    ) -> None:
        """Get the code and type it into one field or into its boxes, through the keyboard.

        ``on_wait`` is told the seconds a person may have to wait.
        """
