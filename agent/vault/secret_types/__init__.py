"""What a secret is made of; one file and one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

from agent.registry import Table

if TYPE_CHECKING:
    from collections.abc import Mapping


class SecretType(Protocol):
    """The fields of one type of secret.

    ``sensitive`` are the fields a prompt hides and a page must never show in the clear.
    """

    name: ClassVar[str]
    required: ClassVar[tuple[str, ...]]
    optional: ClassVar[tuple[str, ...]]
    sensitive: ClassVar[frozenset[str]]

    @classmethod
    def validate(cls, fields: Mapping[str, str]) -> dict[str, str]:
        """Return the fields in their stored form; raises ``UsageError``, never quoting a value."""


SECRET_TYPES: Table[type[SecretType]] = Table(
    "agent.vault.secret_types",
    {
        "login": "login:Login",
        "value": "value:Value",
    },
)
