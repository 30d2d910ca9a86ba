from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.errors import UsageError, VaultDamaged, VaultLocked
from agent.vault.keyslots.passphrase import Cost, Passphrase
from agent.vault.keyslots.passphrase_file import PassphraseFile

if TYPE_CHECKING:
    from pathlib import Path

ID = "0e4ce2ad-93c1-4a6d-8f4d-93e2a7d0c0aa"
WORDS = "orbit velvet hammer lagoon"
SMALL = Cost(memory=64 * 1024, passes=1, lanes=1)


def unlocker(folder: Path, words: str = WORDS) -> PassphraseFile:
    return PassphraseFile(folder, Passphrase(lambda: words, cost=SMALL))


def test_both_halves_together_give_the_key(tmp_path: Path) -> None:
    params, key = unlocker(tmp_path / "keys").new_key(ID)
    assert unlocker(tmp_path / "keys").key(ID, params) == key
    assert len(key) == 32
    assert WORDS not in str(params)


def test_the_key_is_neither_that_of_the_passphrase_nor_the_file(tmp_path: Path) -> None:
    params, key = unlocker(tmp_path / "keys").new_key(ID)
    assert Passphrase(lambda: WORDS).key(ID, params) != key
    assert unlocker(tmp_path / "keys", WORDS + "!").key(ID, params) != key


def test_without_the_file_nobody_is_asked_for_the_passphrase(tmp_path: Path) -> None:
    params, _ = unlocker(tmp_path / "keys").new_key(ID)
    next((tmp_path / "keys").iterdir()).unlink()

    def never() -> str:
        raise AssertionError("asked")

    with pytest.raises(VaultLocked, match="not there"):
        PassphraseFile(tmp_path / "keys", Passphrase(never)).key(ID, params)


def test_a_weak_passphrase_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        unlocker(tmp_path / "keys", "password123456").new_key(ID)
    assert not (tmp_path / "keys").exists()


@pytest.mark.parametrize("mark", [None, "", "../../etc/x", 7, "AAAAAAAAAAAAAAAA"])
def test_a_slot_cannot_name_a_file_elsewhere(tmp_path: Path, mark: object) -> None:
    params, _ = unlocker(tmp_path / "keys").new_key(ID)
    with pytest.raises(VaultDamaged):
        unlocker(tmp_path / "keys").key(ID, {**params, "mark": mark})


def test_a_forgotten_half_is_gone(tmp_path: Path) -> None:
    params, _ = unlocker(tmp_path / "keys").new_key(ID)
    unlocker(tmp_path / "keys").forget(ID, params)
    assert list((tmp_path / "keys").iterdir()) == []
