"""A user name and a password, and the TOTP key where the account has one."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from agent.vault.fields import check_fields, check_one_line
from agent.vault.totp import parse_key

if TYPE_CHECKING:
    from collections.abc import Mapping


class Login:
    """``username``, ``password`` and optionally ``totp``, stored as a canonical otpauth URI."""

    name: ClassVar[str] = "login"
    required: ClassVar[tuple[str, ...]] = ("username", "password")
    optional: ClassVar[tuple[str, ...]] = ("totp",)
    sensitive: ClassVar[frozenset[str]] = frozenset({"password", "totp"})

    @classmethod
    def validate(cls, fields: Mapping[str, str]) -> dict[str, str]:
        """Return the fields, the TOTP key normalised; raises ``UsageError``."""
        checked = check_fields(cls, fields)
        check_one_line(checked, ("username", "password"))
        if "totp" in checked:
            checked["totp"] = parse_key(checked["totp"]).uri()
        return checked
