"""Files of 32 random bytes: written whole and private from the first moment, read only if private.

Two lines: the bytes in base64, and a CRC-32 of them that tells a damaged file from a wrong one.
"""

from __future__ import annotations

import os
import secrets
import stat
from base64 import b64decode, b64encode
from contextlib import suppress
from typing import TYPE_CHECKING, Final
from zlib import crc32

from agent.errors import VaultLocked
from agent.vault.seal import KEY_BYTES

if TYPE_CHECKING:
    from pathlib import Path

_LARGEST: Final = 4096
_OTHERS: Final = 0o077
# systemd lets a unit's user read a credential through an access list, whose mask shows as the
# group's bits, and keeps the file root's own.
_OTHERS_OF_CREDENTIAL: Final = 0o037


def make_key(path: Path) -> bytes:
    """Write a fresh key to ``path`` and read it back. Raises ``VaultLocked``.

    Where another process has just written one there, that one is read.
    """
    try:
        _make_folder(path.parent)
        with suppress(FileExistsError):
            _write(path, secrets.token_bytes(KEY_BYTES))
    except OSError as error:
        raise VaultLocked(
            f"the key file {path} cannot be written: {error.strerror}",
            hint="make its folder yours and writable (mode 0700)",
        ) from None
    return read_key(path)


def read_key(path: Path, *, credential: bool = False) -> bytes:
    """Read a key; ``VaultLocked`` names the path when it is absent or unfit.

    ``credential``: the file is one that systemd passes to a unit.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            _refuse_shared(path, os.fstat(descriptor), credential=credential)
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


def refuse_open_folder(folder: Path) -> None:
    """Raise ``VaultLocked`` for a folder of keys that other users can look into."""
    if folder.exists() and stat.S_IMODE(folder.stat().st_mode) & _OTHERS:
        raise VaultLocked(
            f"the key folder {folder} is open to other users", hint=f"chmod 700 {folder}"
        )


def _make_folder(folder: Path) -> None:
    absent = [place for place in (folder, *folder.parents) if not place.exists()]
    for place in reversed(absent):
        place.mkdir(mode=0o700, exist_ok=True)
    refuse_open_folder(folder)


def _write(path: Path, key: bytes) -> None:
    # A crash leaves the half-written file under another name, never a half key under this one.
    new = path.with_name(f".{path.name}.{secrets.token_hex(8)}.new")
    text = b"\n".join([*_lines(key), b""])
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    try:
        # Not renamed: a key that others have begun to use is never written over.
        path.hardlink_to(new)
    finally:
        new.unlink()
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _refuse_shared(path: Path, status: os.stat_result, *, credential: bool) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise VaultLocked(f"the vault's key file is not a file: {path}", hint="name the key file")
    owners = {os.geteuid(), 0} if credential else {os.geteuid()}
    if status.st_uid not in owners:
        raise VaultLocked(
            f"the vault's key file belongs to another user: {path}",
            hint=f"if the key is yours: chown {os.geteuid()} {path}",
        )
    if stat.S_IMODE(status.st_mode) & (_OTHERS_OF_CREDENTIAL if credential else _OTHERS):
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
