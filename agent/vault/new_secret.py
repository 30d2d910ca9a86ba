"""A secret as it is given to the vault, and the checks it must pass before anything is made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agent.errors import UsageError
from agent.vault.fields import did_you_mean
from agent.vault.policy import RESTRICTED, TEST
from agent.vault.secret_types import SECRET_TYPES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.vault.origin import OriginPolicy


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A secret to add; ``fields`` are the values as entered.

    ``mode`` and ``visibility`` are chosen here and never change.
    """

    name: str
    type: str
    fields: Mapping[str, str] = field(repr=False)
    origins: OriginPolicy
    provider: str = "local"
    mode: str = TEST
    visibility: str = RESTRICTED


def checked(kind: str, fields: Mapping[str, str]) -> dict[str, str]:
    """Give the fields of a secret of type ``kind`` in their stored form (``UsageError``)."""
    if kind not in SECRET_TYPES:
        raise UsageError(
            f"there is no type of secret {kind!r:.60}{did_you_mean(kind, SECRET_TYPES)}",
            hint=f"the types are {', '.join(SECRET_TYPES)}",
        )
    return SECRET_TYPES[kind].validate(fields)
