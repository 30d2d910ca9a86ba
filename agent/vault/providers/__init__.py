"""Where the values of a secret come from; one file and one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from agent.registry import Table

if TYPE_CHECKING:
    from collections.abc import Mapping


class Provider(Protocol):
    """Turns what the vault has sealed for a secret into its values, once per run."""

    def values(self, sealed: Mapping[str, str]) -> Mapping[str, str]:
        """Get the values; ``sealed`` is the secret's opened payload. Raises ``SecretError``."""


PROVIDERS: Table[type[Provider]] = Table(
    "agent.vault.providers",
    {
        "local": "local:Local",
    },
)
