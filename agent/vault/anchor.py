"""The last epoch this machine saw, kept where a writer of the database cannot reach.

One small file for each vault, beside its key: ``<vault id>.anchor.json``. It is written after the
database's commit, so it is never ahead of the database, and it never goes back. It is no secret;
without it a vault opens, and the next change makes it anew.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.errors import VaultLocked, VaultRolledBack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Mark:
    """An epoch's number and a MAC (hex) over its whole record."""

    number: int
    mac: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """The anchors in ``folder``, which is made with mode 0700 if absent."""

    folder: Path

    def path(self, vault_id: str) -> Path:
        """Tell which file is the anchor of this vault."""
        return self.folder / f"{vault_id}.anchor.json"

    def read(self, vault_id: str) -> Mark | None:
        """Read the mark, or None where there is no anchor yet.

        Raises ``VaultRolledBack`` for a file that is no anchor: it must not count as none.
        """
        path = self.path(vault_id)
        try:
            found = json.loads(path.read_bytes())
            return Mark(_number(found["epoch"]), str(found["mac"]))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            raise VaultRolledBack(
                f"the vault's anchor cannot be read: {path}",
                hint="put it back from its backup; or look why it was changed, and remove it",
            ) from None

    def keep(self, vault_id: str, mark: Mark) -> None:
        """Keep ``mark`` unless a newer one is kept already.

        Raises ``VaultLocked`` when the folder cannot be written.
        """
        path = self.path(vault_id)
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._alone():
                kept = self.read(vault_id)
                if kept is None or mark.number > kept.number:
                    _write(path, mark)
        except OSError as error:
            raise VaultLocked(
                f"the vault's anchor cannot be written: {path}: {error.strerror}",
                hint="name a folder that can be: RUNNER_ANCHOR_FOLDER=… (not the data folder)",
            ) from None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        folder = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)


def _number(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError
    return value


def _write(path: Path, mark: Mark) -> None:
    new = path.with_name(f".{path.name}.{secrets.token_hex(8)}.new")
    text = json.dumps({"epoch": mark.number, "mac": mark.mac}).encode()
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        os.write(descriptor, text)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    new.rename(path)
