"""From settings to the ways a vault can be opened; one kind, never another instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agent.errors import UsageError, VaultLocked
from agent.runner.keys import Chest
from agent.runs.address import FILE_NAME
from agent.vault.anchor import Anchor
from agent.vault.backup import Backups, Rows
from agent.vault.custody import Custody
from agent.vault.exchange import Exchange
from agent.vault.keyslots import KEY_SLOTS
from agent.vault.keyslots.aws_kms import KmsKey
from agent.vault.keyslots.file import FileKey
from agent.vault.keyslots.keyring import KeyringKey
from agent.vault.keyslots.passphrase import Passphrase
from agent.vault.keyslots.passphrase_file import PassphraseFile
from agent.vault.opening import Anchored
from agent.wiring.copying import copy_rows, replace_rows
from agent.wiring.database import open_database
from agent.wiring.moving import refuse_busy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Engine

    from agent.settings import Settings
    from agent.vault.keyslots import Unlocker
    from agent.vault.store import Vault

_LARGEST = 4096
ROWS: Final = Rows(copy_rows, replace_rows, refuse_busy)
"""How a vault's copy is made on a server, and when none is put back."""


def nobody_to_ask() -> str:
    """Stand in for a passphrase prompt where there is no terminal."""
    raise VaultLocked(
        "the vault opens with a passphrase and there is nobody to ask",
        hint="run this in a terminal, give a descriptor (--unlock-fd N), or a systemd credential",
    )


@dataclass(frozen=True, slots=True)
class Asking:
    """Where passphrases come from: one that opens the vault, and one that is to."""

    known: Callable[[], str] = nobody_to_ask
    new: Callable[[], str] = nobody_to_ask


@dataclass(frozen=True, slots=True)
class Ways:
    """Makes the unlocker of each kind."""

    settings: Settings
    asking: Asking

    def chosen(self) -> Unlocker:
        """Make the unlocker that the settings choose, beside this machine's anchor."""
        return Anchored(self.of(self.settings.key_source), Anchor(self.settings.anchor_folder))

    def of(self, kind: str) -> Unlocker:
        """Make an unlocker of ``kind``. Raises ``UsageError`` for a kind there is not."""
        if kind not in KEY_SLOTS:
            raise UsageError(
                f"there is no kind of key {kind!r:.40}", hint=f"kinds: {', '.join(KEY_SLOTS)}"
            )
        made: dict[str, Callable[[], Unlocker]] = {
            "file": self._file,
            "passphrase": self._passphrase,
            "passphrase_file": lambda: PassphraseFile(self.settings.key_folder, self._passphrase()),
            "keyring": KeyringKey,
            "aws_kms": lambda: KmsKey(self.settings.kms_key),
        }
        return made[kind]()

    def _file(self) -> Unlocker:
        if self.settings.key_file is None:
            return FileKey(self.settings.key_folder)
        return FileKey.at(self.settings.key_file, credential=self.settings.key_is_credential)

    def _passphrase(self) -> Passphrase:
        credential = self.settings.passphrase_file
        if credential is None:
            return Passphrase(self.asking.known, self.asking.new)
        return Passphrase(lambda: _read(credential), self.asking.new)


def chest_of(vault: Vault, engine: Engine, ways: Ways) -> Chest:
    """Put together what the keeper of a vault uses."""
    database = ways.settings.database.path or ways.settings.home / FILE_NAME
    return Chest(
        Custody(vault, engine, ways.of),
        Backups(vault, engine, database, open_database, ROWS),
        Exchange(vault, engine),
    )


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST).decode().removesuffix("\n")
    except (OSError, UnicodeDecodeError):
        raise VaultLocked(
            f"the passphrase's credential cannot be read: {path}",
            hint="LoadCredentialEncrypted=slotrunner-passphrase:… in the unit",
        ) from None
