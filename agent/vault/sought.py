"""Values to look for where no run is: in files that other tools left, in folders, in archives.

They come from the vault, or from a file of the user's own. Both ways give ``RunSecrets``, so that
the matchers of a run do the looking; nothing is bound, so nothing can be typed.
"""

from __future__ import annotations

import json
import os
import re
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agent.errors import SecretMissing, UsageError
from agent.vault.admission import Admission
from agent.vault.modes import check_mode
from agent.vault.open import RunSecrets

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from agent.vault.audit import Trail
    from agent.vault.secret import SecretCard
    from agent.vault.store import Vault

_NOT_IN_LABELS = re.compile(r"[^\w-]+")
_NOT_IN_NAMES = re.compile(r"[^\w.-]+")
_FORM = 'it holds one JSON object: {"LOGIN.password": "…", "Hotel admin": {"username": "…"}}'
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_LARGEST_FILE = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Looking(Admission):
    """Looking for a value types it nowhere: a frozen secret is looked for like any other."""

    def check(self, slot: str, card: SecretCard, _trail: Trail) -> None:
        """Raise ``SecretUnfit`` for a secret of the other mode."""
        check_mode(slot, card, self.mode)


def sought_in_vault(vault: Vault, cards: Sequence[SecretCard], mode: str) -> RunSecrets:
    """Open secrets of one mode to look for their values; audited as any opening is.

    Labels are the secrets' names in capitals, as slots are: ``HOTEL_ADMIN.password``.
    """
    if not cards:
        raise SecretMissing("there is no secret to look for", hint="runner secrets list")
    bindings = dict(zip(_slots(cards), (card.ref for card in cards), strict=True))
    return vault.open_for_run(bindings, "", _Looking(mode))


def sought_in_file(path: Path) -> RunSecrets:
    """Read values from a file that only its owner can read (mode 0600): a JSON object by label.

    A value is a string, a list of strings, or an object of them. Raises ``UsageError``, which
    repeats nothing of the file.
    """
    found = RunSecrets(())
    pairs = list(_pairs("", _document(path)))
    if not pairs:
        raise UsageError(f"{path} holds no value", hint=_FORM)
    for label, value in pairs:
        found.learn(label, value)
    return found


def _slots(cards: Sequence[SecretCard]) -> Iterator[str]:
    taken: set[str] = set()
    for card in cards:
        name = _NOT_IN_LABELS.sub("_", card.name).strip("_").upper() or "SECRET"
        slot = next(each for each in _numbered(name) if each not in taken)
        taken.add(slot)
        yield slot


def _numbered(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{name}_{number}"
        number += 1


def _document(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            _check_private(path, os.fstat(file.fileno()))
            document = json.loads(file.read(_LARGEST_FILE))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    except ValueError:
        raise UsageError(f"{path} is not JSON", hint=_FORM) from None
    if not isinstance(document, dict):
        raise UsageError(f"{path} is not a JSON object", hint=_FORM)
    return document


def _check_private(path: Path, status: os.stat_result) -> None:
    if stat.S_ISREG(status.st_mode) and status.st_mode & _OTHERS:
        raise UsageError(f"{path} can be read by others", hint=f"chmod 600 {path}")


def _pairs(label: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield label, value
    elif isinstance(value, list):
        for item in value:
            yield from _pairs(label, item)
    elif isinstance(value, dict):
        for key, item in value.items():
            plain = _NOT_IN_NAMES.sub("-", key)
            yield from _pairs(f"{label}.{plain}" if label else plain, item)
    else:
        raise UsageError(f"the value of {label or 'the file'} is not text", hint=_FORM)
