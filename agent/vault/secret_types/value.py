"""One value: a token, a code, a key; several lines are fine."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from agent.vault.fields import check_fields
from agent.vault.secret_type import Part, SecretType, Use

if TYPE_CHECKING:
    from collections.abc import Mapping


class Value(SecretType):
    """One field, ``value``."""

    name: ClassVar[str] = "value"
    parts: ClassVar[tuple[Part, ...]] = (Part("value", "Value"),)
    uses: ClassVar[frozenset[Use]] = frozenset({Use.FILL, Use.HTTP, Use.CODE})

    @classmethod
    def validate(cls, fields: Mapping[str, str]) -> dict[str, str]:
        """Return the field; raises ``UsageError``."""
        return check_fields(cls, fields)
