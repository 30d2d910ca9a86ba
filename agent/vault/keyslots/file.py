"""The key in a file of its own, kept away from the database: the default."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agent.errors import VaultDamaged
from agent.vault.keyfile import make_key, read_key, refuse_open_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_MARK: Final = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class FileKey:
    """A key file ``<vault id>.key`` in ``folder``; ``FileKey.at`` names the file itself.

    The folder must not be the database's. It is made with mode 0700 if absent. A second slot of
    one vault has a file of its own, named by ``params``.
    """

    folder: Path
    file: Path | None = None
    credential: bool = False

    kind = "file"

    @classmethod
    def at(cls, file: Path, *, credential: bool = False) -> FileKey:
        """Use exactly ``file``: for a key that systemd, Docker or an operator puts in place."""
        return cls(file.parent, file, credential)

    def path(self, vault_id: str, params: Mapping[str, object] | None = None) -> Path:
        """Tell which file holds the key of this vault's slot."""
        if self.file is not None:
            return self.file
        mark = (params or {}).get("mark")
        if mark is None:
            return self.folder / f"{vault_id}.key"
        if not (isinstance(mark, str) and _MARK.fullmatch(mark)):
            raise VaultDamaged("a key slot of the vault was changed")
        return self.folder / f"{vault_id}.{mark}.key"

    def new_key(self, vault_id: str, /) -> tuple[Mapping[str, object], bytes]:
        """Write a fresh key file; a file that ``at`` names and that is there already is used."""
        if self.file is not None and self.file.exists():
            return {}, self._read(self.file)
        taken = self.file is None and self.path(vault_id).exists()
        params = {"mark": secrets.token_hex(8)} if taken else {}
        return params, make_key(self.path(vault_id, params))

    def key(self, vault_id: str, params: Mapping[str, object], /) -> bytes:
        """Read the key file; ``VaultLocked`` names the path when it is absent or unfit."""
        path = self.path(vault_id, params)
        if self.file is None:
            refuse_open_folder(path.parent)
        return self._read(path)

    def forget(self, vault_id: str, params: Mapping[str, object], /) -> None:
        """Delete the key file; one that ``at`` names is its operator's and stays."""
        if self.file is None:
            self.path(vault_id, params).unlink(missing_ok=True)

    def _read(self, path: Path) -> bytes:
        return read_key(path, credential=self.credential)
