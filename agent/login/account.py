"""The account a run signs in with: a secret, never a value, and where its codes come from."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, get_args

from agent.errors import MailboxFailed
from agent.login.mfa import SECOND_FACTORS
from agent.login.progress import Method
from agent.registry import Table

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from agent.login.mailbox import Mailbox
    from agent.login.second_factor import Desk
    from agent.vault.secret import Secret

SourceKind = Literal["imap", "webhook", "operator"]
WAIT: Final = 180.0
"""Seconds a code from outside is waited for, where the task does not say."""
# The library behind it is loaded by runs that read mail.
_MAILBOX: Table[type[Mailbox]] = Table("agent.login", {"mailbox": "mailbox:Mailbox"})


@dataclass(frozen=True, slots=True)
class CodeSource:
    """Where the codes of an account come from when its secret does not make them.

    ``secret`` opens the mailbox of ``imap``; ``sender`` is an address or ``@domain``, ``subject`` a
    part of the subject. ``wait`` is in seconds.
    """

    kind: SourceKind
    desk: Desk = field(repr=False)
    wait: float = WAIT
    secret: Secret | None = None
    sender: str = ""
    subject: str = ""


@dataclass(slots=True)
class Account:
    """A login secret bound to the step, and the source of codes that goes with it.

    ``since`` (Unix seconds) is when the sign-in began: what came before it answers nothing.
    ``codes_given`` counts the codes this source has given. Codes were waited for
    ``waited`` seconds.
    """

    secret: Secret
    codes: CodeSource | None = None
    mailbox: Mailbox | None = None
    since: float = 0.0
    codes_given: int = 0
    waited: float = 0.0

    @property
    def has_totp(self) -> bool:
        """Tell whether the secret can make one-time codes."""
        return self.secret.card.has("totp")

    def source(self, kind: str) -> CodeSource | None:
        """Give the source of codes if it is of this kind."""
        return self.codes if self.codes is not None and self.codes.kind == kind else None

    def methods(self) -> tuple[Method, ...]:
        """Name the second factors this account can answer, in the table's order."""
        return tuple(
            Method(name, factor.kinds, factor.repeats)
            for name in SECOND_FACTORS
            if name not in self._not_named() and (factor := SECOND_FACTORS[name]).fits(self)
        )

    def _not_named(self) -> set[str]:
        """List the sources that the step does not name: they are not even loaded."""
        named = self.codes.kind if self.codes else ""
        return set(get_args(SourceKind)) - {named}

    @asynccontextmanager
    async def ready(self, step: str) -> AsyncIterator[Account]:
        """Be ready for codes before the site is asked for one; ``step`` is named in the audit.

        A mailbox is opened now, so that only what comes later counts, and by one run at a time:
        two would take each other's codes. Raises ``MailboxFailed``.
        """
        self.since = time.time()
        source = self.source("imap")
        if source is None or source.secret is None:
            yield self
            return
        place = f"{source.secret.card.id} {source.sender}"
        if not await source.desk.turn(place, source.wait):
            raise MailboxFailed(
                f"another run has been waiting for a mail from {source.sender} all the time",
                hint="run fewer logins with this mailbox at once, or try again later",
            )
        try:
            self.mailbox = await asyncio.to_thread(_MAILBOX["mailbox"].open, source.secret, step)
            self.since = time.time()
            yield self
        finally:
            if self.mailbox is not None:
                await asyncio.to_thread(self.mailbox.close)
            await source.desk.end_turn()
