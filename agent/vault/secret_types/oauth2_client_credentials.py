"""A client's own credentials, to be changed for an access token (RFC 6749 section 4.4)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Final

from agent.errors import UsageError
from agent.vault.fields import check_fields, check_one_line
from agent.vault.origin import Origin
from agent.vault.secret_type import Entry, Part, SecretType, Use

if TYPE_CHECKING:
    from collections.abc import Mapping

# RFC 6749 section 3.3: a scope is any visible ASCII but quote and backslash.
_SCOPE: Final = re.compile(r"[!#-\[\]-~]+")


class OAuth2ClientCredentials(SecretType):
    """``client_id``, ``client_secret``, ``token_url`` (https or loopback) and ``scopes``.

    Scopes stand in one text with a space between them, or a comma when entered.
    """

    name: ClassVar[str] = "oauth2_client_credentials"
    parts: ClassVar[tuple[Part, ...]] = (
        Part("client_id", "Client id", Entry.VISIBLE),
        Part("client_secret", "Client secret"),
        Part("token_url", "Token URL", Entry.VISIBLE, public=True),
        Part("scopes", "Scopes", Entry.VISIBLE, required=False, public=True),
    )
    uses: ClassVar[frozenset[Use]] = frozenset({Use.HTTP})
    issuer: ClassVar[str] = "token_url"

    @classmethod
    def validate(cls, fields: Mapping[str, str]) -> dict[str, str]:
        """Return the fields, scopes separated by single spaces; raises ``UsageError``."""
        checked = check_fields(cls, fields)
        check_one_line(checked, (*cls.required, *cls.optional))
        _check_address(checked["token_url"])
        if "scopes" in checked:
            scopes = checked["scopes"].replace(",", " ").split()
            if not scopes or not all(map(_SCOPE.fullmatch, scopes)):
                raise UsageError(
                    "scopes holds a character that a scope cannot have",
                    hint="write the scopes with a space between them",
                )
            checked["scopes"] = " ".join(scopes)
        return checked


def _check_address(url: str) -> None:
    """Refuse an address that would carry the client secret in the clear, or keep part of it."""
    try:
        origin = Origin.parse(url)
    except UsageError as error:
        raise UsageError(f"token_url: {error.message}", hint=error.hint) from None
    if origin.scheme != "https" and not origin.is_loopback:
        raise UsageError(
            "token_url is not encrypted; http is for this machine only", hint="use https://"
        )
    if "?" in url or "#" in url or any(not character.isprintable() for character in url):
        raise UsageError("token_url has a query or a fragment, which a token endpoint has not")
