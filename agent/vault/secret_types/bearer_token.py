"""A token sent in an ``Authorization: Bearer`` header (RFC 6750)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Final

from agent.errors import UsageError
from agent.vault.fields import check_fields
from agent.vault.secret_type import Part, SecretType, Use

if TYPE_CHECKING:
    from collections.abc import Mapping

# Wider than RFC 6750's b64token, since issuers are: any visible ASCII character.
_TOKEN: Final = re.compile(r"[!-~]+")


class BearerToken(SecretType):
    """One field, ``token``, without the word Bearer before it."""

    name: ClassVar[str] = "bearer_token"
    parts: ClassVar[tuple[Part, ...]] = (Part("token", "Token"),)
    uses: ClassVar[frozenset[Use]] = frozenset({Use.HTTP, Use.CODE})

    @classmethod
    def validate(cls, fields: Mapping[str, str]) -> dict[str, str]:
        """Return the token, a leading ``Bearer`` taken away; raises ``UsageError``."""
        checked = check_fields(cls, fields)
        token = checked["token"].strip()
        if token[:7].lower() == "bearer ":
            token = token[7:].strip()
        if not _TOKEN.fullmatch(token):
            raise UsageError(
                "token holds a space or a character that a header cannot carry",
                hint="enter the token alone, on one line",
            )
        return {"token": token}
