"""One value: a token, a code, a key; several lines are fine."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from agent.vault.fields import check_fields

if TYPE_CHECKING:
    from collections.abc import Mapping


class Value:
    """One field, ``value``."""

    name: ClassVar[str] = "value"
    required: ClassVar[tuple[str, ...]] = ("value",)
    optional: ClassVar[tuple[str, ...]] = ()
    sensitive: ClassVar[frozenset[str]] = frozenset({"value"})

    @classmethod
    def validate(cls, fields: Mapping[str, str]) -> dict[str, str]:
        """Return the field; raises ``UsageError``."""
        return check_fields(cls, fields)
