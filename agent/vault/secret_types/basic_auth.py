"""A user name and a password for HTTP's own sign-in (RFC 7617)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from agent.errors import UsageError
from agent.vault.fields import check_fields, check_one_line
from agent.vault.secret_type import Entry, Part, SecretType, Use

if TYPE_CHECKING:
    from collections.abc import Mapping


class BasicAuth(SecretType):
    """``username`` and ``password``; a user name with a colon cannot be sent (RFC 7617, 2)."""

    name: ClassVar[str] = "basic_auth"
    parts: ClassVar[tuple[Part, ...]] = (
        Part("username", "Username", Entry.VISIBLE),
        Part("password", "Password"),
    )
    uses: ClassVar[frozenset[Use]] = frozenset({Use.HTTP, Use.CODE})

    @classmethod
    def validate(cls, fields: Mapping[str, str]) -> dict[str, str]:
        """Return the fields; raises ``UsageError``."""
        checked = check_fields(cls, fields)
        check_one_line(checked, cls.required)
        if ":" in checked["username"]:
            raise UsageError("username holds a colon, which basic authentication cannot send")
        return checked
