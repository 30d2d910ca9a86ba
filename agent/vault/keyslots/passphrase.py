"""The key from a passphrase, through Argon2id (RFC 9106)."""

from __future__ import annotations

import os
import unicodedata
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from agent.errors import VaultDamaged, VaultLocked
from agent.vault.seal import KEY_BYTES
from agent.vault.strength import check_strength

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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

    ``ask`` is called once for all slots that are tried, and again when a slot is tried again;
    ``ask_new`` for the passphrase of a new slot. ``cost`` is for slots that are made or renewed. A
    slot says its own, and one outside the bounds is refused before anything is derived: far too
    much would be an attack on this machine, far too little one on the passphrase.
    """

    kind: Final = "passphrase"

    def __init__(
        self,
        ask: Callable[[], str],
        ask_new: Callable[[], str] | None = None,
        *,
        cost: Cost | None = None,
    ) -> None:
        self._ask = ask
        self._ask_new = ask_new or ask
        self._cost = cost or Cost()
        self._given: str | None = None
        self._tried: set[object] = set()

    def new_key(self, _vault_id: str, /) -> tuple[Mapping[str, object], bytes]:
        """Derive the key of a new slot. Raises ``UsageError`` for one that is easy to guess."""
        passphrase = self._given = self._ask_new()
        check_strength(passphrase)
        return self._derived(passphrase)

    def renewed(
        self, _vault_id: str, params: Mapping[str, object], /
    ) -> tuple[Mapping[str, object], bytes] | None:
        """Derive a slot's key anew where its memory or its passes are fewer than today's."""
        check(params)
        cheap = int(str(params["m"])) < self._cost.memory or int(str(params["t"])) < (
            self._cost.passes
        )
        return self._derived(self._given) if cheap and self._given else None

    def _derived(self, passphrase: str) -> tuple[Mapping[str, object], bytes]:
        params: dict[str, object] = {
            "m": self._cost.memory,
            "t": self._cost.passes,
            "p": self._cost.lanes,
            "salt": b64encode(os.urandom(_SALT_BYTES)).decode(),
        }
        return params, stretch(passphrase, params)

    def key(self, _vault_id: str, params: Mapping[str, object], /) -> bytes:
        """Derive the key of a slot. Raises ``VaultLocked`` when no passphrase was given."""
        check(params)
        if params["salt"] in self._tried:
            self._given, self._tried = None, set()
        self._tried.add(params["salt"])
        passphrase = self._passphrase()
        if not passphrase:
            raise VaultLocked("no passphrase was given", hint="the vault opens with its passphrase")
        return stretch(passphrase, params)

    def forget(self, _vault_id: str, _params: Mapping[str, object], /) -> None:
        """Keep nothing: a passphrase is kept by people."""

    def _passphrase(self) -> str:
        if self._given is None:
            self._given = self._ask()
        return self._given


def check(params: Mapping[str, object]) -> None:
    """Refuse parameters outside the bounds, or a salt of another length (``VaultDamaged``)."""
    for name, (least, most) in _BOUNDS.items():
        value = params.get(name)
        if type(value) is not int or not least <= value <= most:
            raise VaultDamaged(
                f"the passphrase slot asks for {name} outside {least} to {most}",
                hint="restore the data folder from a backup",
            )
    salt_of(params)


def salt_of(params: Mapping[str, object]) -> bytes:
    """Read the salt. Raises ``VaultDamaged``."""
    try:
        salt = b64decode(str(params.get("salt")), validate=True)
    except ValueError:
        salt = b""
    if len(salt) != _SALT_BYTES:
        raise VaultDamaged(
            "the passphrase slot has no usable salt", hint="restore the data folder from a backup"
        )
    return salt


def stretch(passphrase: str, params: Mapping[str, object]) -> bytes:
    """Derive 32 bytes at the cost that ``params`` name, once they are checked."""
    check(params)
    return Argon2id(
        salt=salt_of(params),
        length=KEY_BYTES,
        iterations=int(str(params["t"])),
        lanes=int(str(params["p"])),
        memory_cost=int(str(params["m"])),
    ).derive(unicodedata.normalize("NFC", passphrase).encode())
