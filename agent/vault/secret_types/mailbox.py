"""A mailbox that one-time codes are sent to."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from agent.vault.fields import check_fields, check_one_line
from agent.vault.secret_type import Entry, Part, SecretType, Use

if TYPE_CHECKING:
    from collections.abc import Mapping


class Mailbox(SecretType):
    """``username``, ``password`` and the ``folder`` the codes arrive in, INBOX by default.

    The server is the secret's origin: ``imaps://host`` (TLS from the first byte) or
    ``imap://host`` (STARTTLS, without which nothing is sent).
    """

    name: ClassVar[str] = "mailbox"
    parts: ClassVar[tuple[Part, ...]] = (
        Part("username", "Username of the mailbox", Entry.VISIBLE),
        Part("password", "Password of the mailbox"),
        Part("folder", "Folder the codes arrive in", Entry.VISIBLE, required=False, public=True),
    )
    uses: ClassVar[frozenset[Use]] = frozenset({Use.MAIL})
    schemes: ClassVar[frozenset[str]] = frozenset({"imaps", "imap"})

    @classmethod
    def validate(cls, fields: Mapping[str, str]) -> dict[str, str]:
        """Return the fields; raises ``UsageError``."""
        checked = check_fields(cls, fields)
        check_one_line(checked, (*cls.required, *cls.optional))
        return checked
