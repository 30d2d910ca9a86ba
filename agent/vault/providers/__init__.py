"""Where the values of a secret come from; one file and one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol

from agent.registry import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.vault.sourcing.reference import Reference

LOCAL: Final = "local"
"""The vault itself: values are sealed in it, and there is nothing to refer to."""


class Provider(Protocol):
    """Fetches the values of secrets that are kept elsewhere; made anew for every run.

    ``reference`` is the model of what the vault seals in place of the values. ``in_tasks`` says
    whether a task file may name this source: only where the source itself decides what may be
    read, never for this machine's files and variables.
    """

    reference: ClassVar[type[Reference]]
    in_tasks: ClassVar[bool]

    def fetch(self, reference: Any, fields: Sequence[str]) -> dict[str, str]:
        """Get the values of ``fields``; ``reference`` is of the class's own model.

        Raises ``SourceFailed``, which never quotes what was fetched.
        """


PROVIDERS: Table[type[Provider]] = Table(
    "agent.vault.providers",
    {
        "local": "local:Local",
        "aws_secrets_manager": "aws:AwsSecrets",
        "env": "env:Env",
        "file": "file:File",
        "onepassword": "onepassword:OnePassword",
        "bitwarden": "bitwarden:Bitwarden",
    },
)
