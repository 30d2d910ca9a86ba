"""A TOTP key alone: for an account whose password is elsewhere, or that has none."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from agent.vault.fields import check_fields
from agent.vault.secret_type import Entry, Part, SecretType, Use
from agent.vault.totp_entry import stored_form

if TYPE_CHECKING:
    from collections.abc import Mapping


class Totp(SecretType):
    """One field, ``totp``, stored as a canonical otpauth URI; only its codes are ever used."""

    name: ClassVar[str] = "totp"
    parts: ClassVar[tuple[Part, ...]] = (Part("totp", "TOTP key", Entry.TOTP),)
    uses: ClassVar[frozenset[Use]] = frozenset({Use.TOTP})

    @classmethod
    def validate(cls, fields: Mapping[str, str]) -> dict[str, str]:
        """Return the key normalised; raises ``UsageError``."""
        return {"totp": stored_form(check_fields(cls, fields)["totp"])}
