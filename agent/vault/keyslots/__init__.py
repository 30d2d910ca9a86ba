"""Ways to hold the key that opens a vault; one file and one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from agent.registry import Table

if TYPE_CHECKING:
    from collections.abc import Mapping


class Unlocker(Protocol):
    """One way to hold the 32-byte key that wraps a vault's root key.

    ``params`` is what the vault's slot row keeps beside the wrapped key, in the clear: JSON
    values only, and never anything the key could be guessed from.
    """

    @property
    def kind(self) -> str:
        """The name in ``KEY_SLOTS`` and in the slot's row."""

    def new_key(self, vault_id: str, /) -> tuple[Mapping[str, object], bytes]:
        """Make the key of a new slot and keep it where this kind keeps it."""

    def key(self, vault_id: str, params: Mapping[str, object], /) -> bytes:
        """Get the key of an existing slot. Raises ``VaultLocked`` when it cannot be had."""

    def forget(self, vault_id: str, params: Mapping[str, object], /) -> None:
        """Remove the key of a slot that is gone from where this kind keeps it, if it keeps any."""


@runtime_checkable
class Renewing(Protocol):
    """An unlocker whose keys cost a guesser more in newer versions of the program."""

    def renewed(
        self, vault_id: str, params: Mapping[str, object], /
    ) -> tuple[Mapping[str, object], bytes] | None:
        """Make the key of a slot anew at today's cost; None where it costs that much already."""


KEY_SLOTS: Table[type[Unlocker]] = Table(
    "agent.vault.keyslots",
    {
        "file": "file:FileKey",
        "passphrase": "passphrase:Passphrase",
        "passphrase_file": "passphrase_file:PassphraseFile",
        "keyring": "keyring:KeyringKey",
        "aws_kms": "aws_kms:KmsKey",
    },
)
