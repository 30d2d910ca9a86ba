"""The key in a file of its own, kept away from the database: the default.

Two lines: 32 random bytes in base64, and a CRC-32 of them that tells a damaged file from a wrong
one. The file has mode 0600 from its first moment; one that others could read is refused.
"""

from __future__ import annotations

import os
import secrets
import stat
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Final
from zlib import crc32

from agent.errors import VaultLocked
from agent.vault.seal import KEY_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_LARGEST: Final = 4096


class FileKey:
    """A key file ``<vault id>.key`` in ``folder``; ``FileKey.at`` names the file itself.

    The folder must not be the database's. It is made with mode 0700 if absent.
    """

    kind: Final = "file"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: Path | None = None

    @classmethod
    def at(cls, file: Path) -> FileKey:
        """Use exactly ``file``: for a key that systemd, Docker or an operator puts in place."""
        unlocker = cls(file.parent)
        unlocker._file = file
        return unlocker

    def path(self, vault_id: str) -> Path:
        """Tell which file holds the key of this vault."""
        return self._file or self._folder / f"{vault_id}.key"

    def new_key(self, vault_id: str, /) -> tuple[Mapping[str, object], bytes]:
        """Write a fresh key file; a file that ``at`` names and that is there already is used."""
        path = self.path(vault_id)
        if not (self._file and path.exists()):
            try:
                _make_folder(path.parent)
                _write(path, secrets.token_bytes(KEY_BYTES))
            except OSError as error:
                raise VaultLocked(
                    f"the key file {path} cannot be written: {error.strerror}",
                    hint="make its folder yours and writable (mode 0700)",
                ) from None
        return {}, _read(path)

    def key(self, vault_id: str, _params: Mapping[str, object], /) -> bytes:
        """Read the key file; ``VaultLocked`` names the path when it is absent or unfit."""
        path = self.path(vault_id)
        if self._file is None:
            _refuse_open_folder(path.parent)
        return _read(path)


def _make_folder(folder: Path) -> None:
    absent = [place for place in (folder, *folder.parents) if not place.exists()]
    for place in reversed(absent):
        place.mkdir(mode=0o700, exist_ok=True)
    _refuse_open_folder(folder)


def _refuse_open_folder(folder: Path) -> None:
    if folder.exists() and stat.S_IMODE(folder.stat().st_mode) & 0o077:
        raise VaultLocked(
            f"the key folder {folder} is open to other users", hint=f"chmod 700 {folder}"
        )


def _write(path: Path, key: bytes) -> None:
    # A crash leaves the half-written file under another name, never a half key under this one.
    new = path.with_name(f".{path.name}.{secrets.token_hex(8)}.new")
    text = b"\n".join([*_lines(key), b""])
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    new.rename(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _read(path: Path) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            _refuse_shared(path, os.fstat(descriptor))
            text = file.read(_LARGEST)
    except FileNotFoundError:
        raise VaultLocked(
            f"the vault's key file is not there: {path}",
            hint="put the key file back from its backup; without it no secret can be read",
        ) from None
    except OSError as error:
        raise VaultLocked(
            f"the vault's key file cannot be read: {path}: {error.strerror}",
            hint="make it readable for the user who runs this, and for nobody else",
        ) from None
    return _parse(path, text)


def _refuse_shared(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise VaultLocked(f"the vault's key file is not a file: {path}", hint="name the key file")
    if status.st_uid != os.geteuid():
        raise VaultLocked(
            f"the vault's key file belongs to another user: {path}",
            hint=f"if the key is yours: chown {os.geteuid()} {path}",
        )
    if stat.S_IMODE(status.st_mode) & 0o077:
        raise VaultLocked(
            f"the vault's key file is open to other users: {path}",
            hint=f"chmod 600 {path}; if others could read it, treat the secrets as known",
        )


def _lines(key: bytes) -> list[bytes]:
    return [b64encode(key), b"crc32 %08x" % crc32(key)]


def _parse(path: Path, text: bytes) -> bytes:
    try:
        first, second = text.split(b"\n")[:2]
        key = b64decode(first, validate=True)
        if len(key) == KEY_BYTES and [first, second] == _lines(key):
            return key
    except ValueError:
        pass
    raise VaultLocked(
        f"the vault's key file is damaged: {path}", hint="put it back from its backup"
    )
