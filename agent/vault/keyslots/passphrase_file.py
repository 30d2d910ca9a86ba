"""The key from a passphrase and a file together: neither opens the vault without the other.

::

    key = HKDF-SHA256(Argon2id(passphrase) ‖ file[32], salt, "runner.passphrase-file.v1")

Who steals the database has nothing to guess at, and who steals the file has a passphrase to guess.
"""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from agent.errors import VaultDamaged
from agent.vault.keyfile import make_key, read_key, refuse_open_folder
from agent.vault.keyslots.passphrase import Passphrase, check, salt_of
from agent.vault.seal import KEY_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_MARK: Final = re.compile(r"[0-9a-f]{16}")
_INFO: Final = b"runner.passphrase-file.v1"


class PassphraseFile:
    """Mixes what ``passphrase`` derives with a file ``<vault id>.<mark>.half`` in ``folder``."""

    kind: Final = "passphrase_file"

    def __init__(self, folder: Path, passphrase: Passphrase) -> None:
        self._folder = folder
        self._passphrase = passphrase

    def path(self, vault_id: str, params: Mapping[str, object]) -> Path:
        """Tell which file is the other half of a slot."""
        mark = params.get("mark")
        if not (isinstance(mark, str) and _MARK.fullmatch(mark)):
            raise VaultDamaged("a key slot of the vault was changed")
        return self._folder / f"{vault_id}.{mark}.half"

    def new_key(self, vault_id: str, /) -> tuple[Mapping[str, object], bytes]:
        """Derive a new slot's key and write its file, once the passphrase is good enough."""
        params, stretched = self._passphrase.new_key(vault_id)
        marked = {**params, "mark": secrets.token_hex(8)}
        half = make_key(self.path(vault_id, marked))
        return marked, _mix(stretched, half, salt_of(marked))

    def key(self, vault_id: str, params: Mapping[str, object], /) -> bytes:
        """Derive a slot's key; the file is looked for before anything is asked."""
        check(params)
        path = self.path(vault_id, params)
        refuse_open_folder(path.parent)
        half = read_key(path)
        return _mix(self._passphrase.key(vault_id, params), half, salt_of(params))

    def renewed(
        self, vault_id: str, params: Mapping[str, object], /
    ) -> tuple[Mapping[str, object], bytes] | None:
        """Derive a slot's key anew at today's cost; its file stays."""
        made = self._passphrase.renewed(vault_id, params)
        if made is None:
            return None
        marked = {**made[0], "mark": params["mark"]}
        return marked, _mix(made[1], read_key(self.path(vault_id, params)), salt_of(marked))

    def forget(self, vault_id: str, params: Mapping[str, object], /) -> None:
        """Delete the file."""
        self.path(vault_id, params).unlink(missing_ok=True)


def _mix(stretched: bytes, half: bytes, salt: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt, _INFO).derive(stretched + half)
