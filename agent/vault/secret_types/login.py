"""A user name and a password, and the TOTP key where the account has one."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from agent.vault.fields import check_fields, check_one_line
from agent.vault.secret_type import Entry, Part, SecretType, Use
from agent.vault.totp_entry import stored_form

if TYPE_CHECKING:
    from collections.abc import Mapping


class Login(SecretType):
    """``username``, ``password`` and optionally ``totp``, stored as a canonical otpauth URI."""

    name: ClassVar[str] = "login"
    parts: ClassVar[tuple[Part, ...]] = (
        Part("username", "Username", Entry.VISIBLE),
        Part("password", "Password"),
        Part("totp", "TOTP key", Entry.TOTP, required=False),
    )
    uses: ClassVar[frozenset[Use]] = frozenset({Use.FILL, Use.CODE, Use.TOTP})

    @classmethod
    def validate(cls, fields: Mapping[str, str]) -> dict[str, str]:
        """Return the fields, the TOTP key normalised; raises ``UsageError``."""
        checked = check_fields(cls, fields)
        check_one_line(checked, ("username", "password"))
        if "totp" in checked:
            checked["totp"] = stored_form(checked["totp"])
        return checked
