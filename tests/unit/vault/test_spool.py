from __future__ import annotations

import stat
from typing import TYPE_CHECKING, Never

import pytest

from agent.errors import VaultDamaged, VaultLocked, WrongKey
from agent.vault.spool import SealedFiles, sealed_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agent.vault.store import Vault

NAME = "run-1/trace.zip"
CONTENT = b"what a run left" * 200_000  # three pieces


@pytest.fixture
def files(vault: Vault) -> SealedFiles:
    vault.create()
    return SealedFiles(vault.trail)


@pytest.fixture
def sealed(files: SealedFiles, tmp_path: Path) -> Path:
    """Where a sealed file was while it was plain."""
    path = tmp_path / "trace.zip"
    path.write_bytes(CONTENT)
    files.seal(path, NAME)
    return path


def opened(files: SealedFiles, path: Path, name: str = NAME) -> bytes:
    with files.unsealed(path, name) as copy:
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
        return copy.read_bytes()


def test_only_the_sealed_file_stays_and_it_opens_for_any_process_with_the_vault(
    files: SealedFiles, sealed: Path, reopened: Callable[[], Vault]
) -> None:
    assert [one.name for one in sealed.parent.glob("*trace*")] == ["trace.zip.sealed"]
    kept = sealed_of(sealed)
    assert b"a run left" not in kept.read_bytes()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert opened(SealedFiles(reopened().trail), sealed) == opened(files, sealed) == CONTENT


@pytest.mark.parametrize("content", [b"", b"x", b"y" * (1 << 20)])
def test_files_of_any_length_come_back(files: SealedFiles, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a"
    path.write_bytes(content)
    files.seal(path, "a")
    assert opened(files, path, "a") == content


def test_under_another_name_it_does_not_open(files: SealedFiles, sealed: Path) -> None:
    with pytest.raises(WrongKey):
        opened(files, sealed, "run-2/trace.zip")


def test_a_changed_file_a_shortened_one_and_one_with_its_pieces_swapped_do_not_open(
    files: SealedFiles, sealed: Path
) -> None:
    path = sealed_of(sealed)
    whole = path.read_bytes()
    size = 4 + int.from_bytes(whole[8:12], "big")
    first, second = whole[8 : 8 + size], whole[8 + size : 8 + 2 * size]
    changed = bytearray(whole)
    changed[-1] ^= 1
    for altered in (
        bytes(changed),
        whole[:-1],
        whole[:8],
        bytes(8),
        whole + b"x",
        (2).to_bytes(8, "big") + first + second,
        whole[:8] + second + first + whole[8 + 2 * size :],
    ):
        path.write_bytes(altered)
        with pytest.raises((VaultDamaged, WrongKey)):
            opened(files, sealed)


def test_without_the_vaults_key_nothing_is_said_of_the_file(sealed: Path) -> None:
    def locked() -> Never:
        raise WrongKey("this key does not open the vault")

    with pytest.raises(VaultLocked, match="does not open"):
        opened(SealedFiles(locked), sealed)


def test_a_vault_that_is_not_open_is_not_opened_for_it(vault: Vault, tmp_path: Path) -> None:
    path = tmp_path / "trace.zip"
    path.write_bytes(CONTENT)
    SealedFiles(vault.trail, lambda: vault.opening.is_open).seal(path, NAME)
    assert path.read_bytes() == CONTENT
