"""The key from a passphrase, through Argon2id (RFC 9106)."""

from __future__ import annotations

import os
import unicodedata
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from agent.errors import UsageError, VaultDamaged, VaultLocked
from agent.vault.seal import KEY_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SHORTEST: Final = 14
"""Characters a new passphrase must have."""

_SALT_BYTES: Final = 16
_BOUNDS: Final = {"m": (64 * 1024, 1024 * 1024), "t": (1, 10), "p": (1, 16)}


@dataclass(frozen=True, slots=True)
class Cost:
    """What one guess costs: memory in KiB, passes, lanes. Small machines may go to 64 MiB."""

    memory: int = 256 * 1024
    passes: int = 3
    lanes: int = 4


class Passphrase:
    """A passphrase that ``ask`` gives: a prompt or a file descriptor, never argv or environment.

    ``ask`` is called once per key. ``cost`` is used for a new slot only; an existing slot says
    its own, and one outside the bounds is refused before anything is derived: far too much would
    be an attack on this machine, far too little one on the passphrase.
    """

    kind: Final = "passphrase"

    def __init__(self, ask: Callable[[], str], cost: Cost | None = None) -> None:
        self._ask = ask
        self._cost = cost or Cost()

    def new_key(self, _vault_id: str, /) -> tuple[Mapping[str, object], bytes]:
        """Derive the key of a new slot. Raises ``UsageError`` for a short passphrase."""
        passphrase = self._ask()
        if len(passphrase) < SHORTEST:
            raise UsageError(
                f"a passphrase needs at least {SHORTEST} characters",
                hint="six words picked at random are easy to keep and hard to guess",
            )
        salt = os.urandom(_SALT_BYTES)
        params: dict[str, object] = {
            "m": self._cost.memory,
            "t": self._cost.passes,
            "p": self._cost.lanes,
            "salt": b64encode(salt).decode(),
        }
        return params, _derive(passphrase, params)

    def key(self, _vault_id: str, params: Mapping[str, object], /) -> bytes:
        """Derive the key of a slot. Raises ``VaultLocked`` when no passphrase was given."""
        check(params)
        passphrase = self._ask()
        if not passphrase:
            raise VaultLocked("no passphrase was given", hint="the vault opens with its passphrase")
        return _derive(passphrase, params)


def check(params: Mapping[str, object]) -> None:
    """Refuse parameters outside the bounds, or a salt of another length (``VaultDamaged``)."""
    for name, (least, most) in _BOUNDS.items():
        value = params.get(name)
        if type(value) is not int or not least <= value <= most:
            raise VaultDamaged(
                f"the passphrase slot asks for {name} outside {least} to {most}",
                hint="restore the data folder from a backup",
            )
    _salt(params)


def _salt(params: Mapping[str, object]) -> bytes:
    try:
        salt = b64decode(str(params.get("salt")), validate=True)
    except ValueError:
        salt = b""
    if len(salt) != _SALT_BYTES:
        raise VaultDamaged(
            "the passphrase slot has no usable salt", hint="restore the data folder from a backup"
        )
    return salt


def _derive(passphrase: str, params: Mapping[str, object]) -> bytes:
    check(params)
    return Argon2id(
        salt=_salt(params),
        length=KEY_BYTES,
        iterations=int(str(params["t"])),
        lanes=int(str(params["p"])),
        memory_cost=int(str(params["m"])),
    ).derive(unicodedata.normalize("NFC", passphrase).encode())
