"""The key in the desktop's own keyring: Secret Service, KWallet, macOS Keychain, Windows.

The program chooses the backend itself, from a fixed list; neither a variable of the environment
nor a configuration file can name another, such as one that keeps its items in plain text.
"""

from __future__ import annotations

import secrets
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Any, Final

from agent.errors import VaultDamaged, VaultLocked
from agent.registry import Table
from agent.vault.seal import KEY_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ITEM: Final = "slotrunner vault"

BACKENDS: Final[Table[Any]] = Table(
    "keyring.backends",
    {
        "Secret Service": "SecretService:Keyring",
        "KWallet": "kwallet:DBusKeyring",
        "macOS Keychain": "macOS:Keyring",
        "Windows Credential Locker": "Windows:WinVaultKeyring",
    },
)
"""The only backends there are; none keeps its items readable on disk."""


def usable_backends() -> Sequence[Any]:
    """Make the listed backends that work here. Raises ``VaultLocked`` without the package."""
    found = []
    for name in BACKENDS:
        try:
            backend = BACKENDS[name]
        except ModuleNotFoundError as error:
            if error.name == "keyring":
                raise VaultLocked(
                    "the vault's key is to be in the keyring, and the package keyring is missing",
                    hint="pip install 'slotrunner[keyring]'",
                ) from None
            continue
        if getattr(backend, "viable", False):
            found.append(backend())
    return found


class KeyringKey:
    """One item for each slot, under the vault's id and a mark that ``params`` keeps."""

    kind: Final = "keyring"

    def __init__(self, backends: Callable[[], Sequence[Any]] = usable_backends) -> None:
        self._backends = backends

    def new_key(self, vault_id: str, /) -> tuple[Mapping[str, object], bytes]:
        """Put a fresh key into the keyring and read it back."""
        params: dict[str, object] = {"mark": secrets.token_hex(8)}
        fresh = b64encode(secrets.token_bytes(KEY_BYTES)).decode()
        self._call("set_password", _account(vault_id, params), fresh)
        return params, self.key(vault_id, params)

    def key(self, vault_id: str, params: Mapping[str, object], /) -> bytes:
        """Read the key. Raises ``VaultLocked`` when the keyring does not have it."""
        kept = self._call("get_password", _account(vault_id, params))
        if kept is None:
            raise VaultLocked(
                "the keyring does not hold this vault's key",
                hint="log in as the user who made the vault, or unlock it another way",
            )
        try:
            key = b64decode(str(kept), validate=True)
        except ValueError:
            key = b""
        if len(key) != KEY_BYTES:
            raise VaultLocked("the keyring's item is not a vault's key", hint="restore the item")
        return key

    def forget(self, vault_id: str, params: Mapping[str, object], /) -> None:
        """Delete the item."""
        self._call("delete_password", _account(vault_id, params))

    def _call(self, method: str, *arguments: str) -> object:
        backends = self._backends()
        if not backends:
            raise VaultLocked(
                "this machine has no keyring the vault's key may be kept in (no desktop session?)",
                hint="on a server use a key file: RUNNER_KEY=file; a vault made with a keyring "
                "needs a key added there first: runner vault add-key",
            )
        try:
            return getattr(backends[0], method)(ITEM, *arguments)
        except Exception as error:  # noqa: BLE001 - each backend raises what its system raises
            raise VaultLocked(
                f"the keyring did not answer ({type(error).__name__})",
                hint="unlock the desktop's keyring and try again",
            ) from None


def _account(vault_id: str, params: Mapping[str, object]) -> str:
    mark = params.get("mark")
    if not isinstance(mark, str):
        raise VaultDamaged("a key slot of the vault was changed")
    return f"{vault_id} {mark}"
