"""Files that wait on this machine, sealed with a key of the vault until they can be brought away.

::

    number of pieces[8] ‖ (length[4] ‖ piece)…   piece = seal(key, 1 MiB, name, which of how many)

The key is derived from the ring's index key, which a rotation of terms leaves alone, so what one
worker sealed any other that opens the vault can bring away.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agent.errors import VaultDamaged, VaultLocked, WrongKey
from agent.vault.pae import context
from agent.vault.seal import KEY_BYTES, expand, seal, unseal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from agent.vault.audit import Trail

SUFFIX: Final = ".sealed"
_NOTE: Final = b"runner.spool.v1"
_PIECE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class SealedFiles:
    """Seals files in their place; ``trail`` opens the vault's, and raises as it does.

    Nothing is sealed where the vault is not open already: nobody is asked for a passphrase at the
    end of a run that needed none.
    """

    trail: Callable[[], Trail]
    is_open: Callable[[], bool] = lambda: True

    def seal(self, path: Path, name: str) -> None:
        """Put a sealed file in the place of a plain one, which is gone afterwards.

        ``name`` is what the file is; under another one it does not open. Killed half-way, the plain
        file is still there.
        """
        if not self.is_open():
            return
        trail = self.trail()
        part = path.with_name(f".{path.name}.part")
        with path.open("rb") as plain, _private(part) as sealed:
            # One at least: the number of pieces is known to be true by what is in them.
            pieces = max(1, -(-os.fstat(plain.fileno()).st_size // _PIECE))
            sealed.write(pieces.to_bytes(8, "big"))
            for number in range(pieces):
                place = _place(trail, name, number, pieces)
                piece = seal(_key(trail), plain.read(_PIECE), place)
                sealed.write(len(piece).to_bytes(4, "big") + piece)
            sealed.flush()
            os.fsync(sealed.fileno())
        part.replace(sealed_of(path))
        path.unlink()

    @contextmanager
    def unsealed(self, path: Path, name: str) -> Iterator[Path]:
        """Give the file that was at ``path`` as a plain copy, for as long as the block lasts.

        Raises ``VaultDamaged`` for one that was changed, ``WrongKey`` for another vault's or under
        another name, and ``VaultLocked`` where the vault itself cannot be opened now: then nothing
        is known of the file.
        """
        try:
            trail = self.trail()
        except (WrongKey, VaultDamaged) as error:
            raise VaultLocked(error.message, hint=error.hint) from None
        with tempfile.TemporaryDirectory(prefix="runner-") as folder:
            copy = Path(folder) / path.name
            with sealed_of(path).open("rb") as sealed, _private(copy) as plain:
                pieces = int.from_bytes(_read(sealed, 8), "big")
                if not pieces:
                    raise VaultDamaged("a file that waits sealed was emptied")
                for number in range(pieces):
                    piece = _read(sealed, int.from_bytes(_read(sealed, 4), "big"))
                    place = _place(trail, name, number, pieces)
                    plain.write(unseal(_key(trail), piece, place))
                if sealed.read(1):
                    raise VaultDamaged("a file that waits sealed was added to")
            yield copy


def sealed_of(path: Path) -> Path:
    """Say where a file is while it is sealed."""
    return path.with_name(f"{path.name}{SUFFIX}")


def _read(sealed: BinaryIO, size: int) -> bytes:
    read = sealed.read(size)
    if len(read) != size:
        raise VaultDamaged("a file that waits sealed was cut short")
    return read


def _key(trail: Trail) -> bytes:
    return expand(trail.ring.index_key, _NOTE, KEY_BYTES)


def _place(trail: Trail, name: str, number: int, pieces: int) -> bytes:
    return context("spool.v1", trail.vault_id, name, number, pieces)


def _private(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb")
