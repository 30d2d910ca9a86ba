"""Codes that the site sends by mail, read from the mailbox of the step."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, ClassVar, Final

from agent.errors import MailboxFailed
from agent.login.code_reading import code_in
from agent.login.outcome import Outcome, login_failed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agent.browser.isolated import Sighting
    from agent.browser.session import Session
    from agent.login.account import Account, CodeSource
    from agent.login.mailbox import Letter, Mailbox

_POLL: Final = 1.0  # seconds between two looks
# The clocks of site, mail server and this machine differ; a mail this much older is of another day.
_CLOCKS: Final = 90.0


class Imap:
    """The code of the newest message that came after the sign-in began, from the named sender."""

    kinds: ClassVar[frozenset[str]] = frozenset({"email", ""})
    repeats: ClassVar[bool] = False

    @classmethod
    def fits(cls, account: Account) -> bool:
        """Tell whether the step names a mailbox."""
        return account.source("imap") is not None

    @classmethod
    async def answer(
        cls,
        session: Session,
        boxes: Sequence[Sighting],
        account: Account,
        on_wait: Callable[[float], None],
    ) -> None:
        """Wait for the mail and type its code. ``LoginFailed`` when none came in time."""
        source, mailbox = account.source("imap"), account.mailbox
        if source is None or mailbox is None:
            raise MailboxFailed("the mailbox was not opened before the sign-in began")
        on_wait(source.wait)
        code = await _code(mailbox, source, account.since)
        if code is None:
            raise login_failed(
                Outcome.TIMEOUT,
                detail=f"No mail with a code came from {source.sender} in {source.wait:g} s.",
            )
        account.codes_given += 1
        await session.keyboard.type_given_code(boxes, account.secret, code)


async def _code(mailbox: Mailbox, source: CodeSource, since: float) -> str | None:
    ends = time.monotonic() + source.wait
    while True:
        letters = await asyncio.to_thread(mailbox.newer)
        for letter in reversed(letters):
            code = code_from(letter, source, since)
            if code is not None:
                return code
        left = ends - time.monotonic()
        if left <= 0:
            return None
        await asyncio.sleep(min(left, _POLL))


def code_from(letter: Letter, source: CodeSource, since: float) -> str | None:
    """Read the code of a message that answers this sign-in; None for every other message.

    It must be from the one sender, have the subject asked for, and have been sent and received
    since the sign-in began; ``since`` is in Unix seconds.
    """
    earliest = since - _CLOCKS
    if letter.arrived < earliest or (letter.sent is not None and letter.sent < earliest):
        return None
    if len(letter.senders) != 1 or not _is(letter.senders[0], source.sender.casefold()):
        return None
    if source.subject.casefold() not in letter.subject.casefold():
        return None
    return code_in(letter.subject, letter.text)


def _is(address: str, wanted: str) -> bool:
    return address.endswith(wanted) if wanted.startswith("@") else address == wanted
