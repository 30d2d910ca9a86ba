from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import pytest

from agent.errors import VaultLocked
from agent.vault.keyslots.file import FileKey

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ID = "0e4ce2ad-93c1-4a6d-8f4d-93e2a7d0c0aa"


@pytest.fixture
def no_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("no_umask")
def test_the_key_file_is_private_from_its_first_moment(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "keys"
    seen: set[int] = set()
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            for entry in os.scandir(folder) if folder.exists() else ():
                try:
                    seen.add(entry.stat().st_mode & 0o777)
                except FileNotFoundError:
                    continue

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        for number in range(200):
            FileKey(folder).new_key(f"{ID}-{number}")
    finally:
        done.set()
        watcher.join()
    assert seen == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700
    assert folder.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.usefixtures("no_umask")
def test_the_watch_above_would_see_a_file_made_private_too_late(tmp_path: Path) -> None:
    late = tmp_path / "late.key"
    late.touch()
    assert late.stat().st_mode & 0o777 == 0o666


def test_the_key_that_was_made_is_the_one_that_is_read(tmp_path: Path) -> None:
    params, key = FileKey(tmp_path / "keys").new_key(ID)
    assert params == {}
    assert len(key) == 32
    assert FileKey(tmp_path / "keys").key(ID, {}) == key
    assert FileKey.at(tmp_path / "keys" / f"{ID}.key").key("any", {}) == key


def test_nothing_else_is_left_beside_the_key(tmp_path: Path) -> None:
    FileKey(tmp_path / "keys").new_key(ID)
    assert [path.name for path in (tmp_path / "keys").iterdir()] == [f"{ID}.key"]


def test_a_key_put_in_place_beforehand_is_used_and_not_replaced(tmp_path: Path) -> None:
    _, key = FileKey(tmp_path / "keys").new_key(ID)
    unlocker = FileKey.at(tmp_path / "keys" / f"{ID}.key")
    assert unlocker.new_key("another") == ({}, key)


def test_a_missing_key_names_the_path_where_it_was_expected(tmp_path: Path) -> None:
    with pytest.raises(VaultLocked) as locked:
        FileKey(tmp_path / "keys").key(ID, {})
    assert str(tmp_path / "keys" / f"{ID}.key") in locked.value.message
    assert "back" in locked.value.hint


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o610])
def test_a_key_that_others_could_touch_is_refused(tmp_path: Path, mode: int) -> None:
    unlocker = FileKey(tmp_path / "keys")
    unlocker.new_key(ID)
    unlocker.path(ID).chmod(mode)
    with pytest.raises(VaultLocked, match="open to other users"):
        unlocker.key(ID, {})


def test_a_folder_that_others_could_touch_is_refused(tmp_path: Path) -> None:
    unlocker = FileKey(tmp_path / "keys")
    unlocker.new_key(ID)
    (tmp_path / "keys").chmod(0o755)
    with pytest.raises(VaultLocked, match="key folder"):
        unlocker.key(ID, {})
    with pytest.raises(VaultLocked, match="key folder"):
        unlocker.new_key("another")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_key_of_another_user_is_refused(tmp_path: Path) -> None:
    unlocker = FileKey(tmp_path / "keys")
    unlocker.new_key(ID)
    os.chown(unlocker.path(ID), 65534, 65534)
    with pytest.raises(VaultLocked, match="another user"):
        unlocker.key(ID, {})


def test_a_damaged_key_is_not_taken_for_a_wrong_one(tmp_path: Path) -> None:
    unlocker = FileKey(tmp_path / "keys")
    unlocker.new_key(ID)
    path = unlocker.path(ID)
    text = path.read_bytes()
    for position in range(len(text) - 1):
        changed = bytearray(text)
        changed[position] ^= 1
        path.write_bytes(changed)
        with pytest.raises(VaultLocked, match="damaged"):
            unlocker.key(ID, {})
    for length in range(len(text) - 1):
        path.write_bytes(text[:length])
        with pytest.raises(VaultLocked, match="damaged"):
            unlocker.key(ID, {})


@pytest.mark.parametrize("kind", ["folder", "fifo"])
def test_what_is_no_file_is_refused_at_once(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "odd.key"
    path.mkdir(0o700) if kind == "folder" else os.mkfifo(path, 0o600)
    with pytest.raises(VaultLocked):
        FileKey.at(path).key(ID, {})


def test_a_folder_that_cannot_be_made_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(VaultLocked, match="cannot be written"):
        FileKey(tmp_path / "file" / "keys").new_key(ID)
