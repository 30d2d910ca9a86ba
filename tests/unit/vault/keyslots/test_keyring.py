"""The keyring slot; the backend in these tests is a public twin of a desktop's."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field

import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as FailKeyring
from keyring.errors import KeyringLocked, PasswordDeleteError

from agent.errors import VaultDamaged, VaultLocked
from agent.vault.keyslots.keyring import BACKENDS, KeyringKey, usable_backends

ID = "0e4ce2ad-93c1-4a6d-8f4d-93e2a7d0c0aa"


@dataclass
class MemoryKeyring(KeyringBackend):
    """A keyring that lasts as long as the test."""

    items: dict[tuple[str, str], str] = field(default_factory=dict)
    locked: bool = False

    def set_password(self, service: str, username: str, password: str) -> None:
        self.items[service, username] = password

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise KeyringLocked
        return self.items.get((service, username))

    def delete_password(self, service: str, username: str) -> None:
        if self.items.pop((service, username), None) is None:
            raise PasswordDeleteError


@pytest.fixture
def desktop() -> MemoryKeyring:
    return MemoryKeyring()


@pytest.fixture
def unlocker(desktop: MemoryKeyring) -> KeyringKey:
    return KeyringKey(lambda: [desktop])


def test_the_key_is_kept_in_the_keyring_and_nowhere_else(
    unlocker: KeyringKey, desktop: MemoryKeyring
) -> None:
    params, key = unlocker.new_key(ID)
    assert unlocker.key(ID, params) == key
    assert len(desktop.items) == 1
    assert set(params) == {"mark"}


def test_two_slots_have_two_items_and_a_forgotten_one_is_gone(
    unlocker: KeyringKey, desktop: MemoryKeyring
) -> None:
    first, _ = unlocker.new_key(ID)
    second, key = unlocker.new_key(ID)
    unlocker.forget(ID, first)
    assert len(desktop.items) == 1
    assert unlocker.key(ID, second) == key
    with pytest.raises(VaultLocked, match="does not hold"):
        unlocker.key(ID, first)


def test_a_locked_keyring_is_one_clear_error(unlocker: KeyringKey, desktop: MemoryKeyring) -> None:
    params, _ = unlocker.new_key(ID)
    desktop.locked = True
    with pytest.raises(VaultLocked, match="did not answer"):
        unlocker.key(ID, params)


def test_an_item_that_is_no_key_is_refused(unlocker: KeyringKey, desktop: MemoryKeyring) -> None:
    params, _ = unlocker.new_key(ID)
    for name in desktop.items:
        desktop.items[name] = "not a key"
    with pytest.raises(VaultLocked):
        unlocker.key(ID, params)
    with pytest.raises(VaultDamaged):
        unlocker.key(ID, {"mark": 7})


def test_a_machine_without_a_keyring_says_so_and_what_to_do() -> None:
    with pytest.raises(VaultLocked) as locked:
        KeyringKey(list).new_key(ID)
    assert "RUNNER_KEY=file" in locked.value.hint


def test_only_keyrings_that_seal_what_they_keep_are_listed() -> None:
    assert set(BACKENDS) == {
        "Secret Service",
        "KWallet",
        "macOS Keychain",
        "Windows Credential Locker",
    }
    assert not any(isinstance(found, FailKeyring) for found in usable_backends())


def test_the_environment_cannot_name_another_backend() -> None:
    # Positive control: keyring itself does take the one that is named.
    program = "import keyring; print(type(keyring.get_keyring()).__module__)"
    ours = (
        "from agent.vault.keyslots.keyring import usable_backends as found;"
        "print([type(one).__module__ for one in found()])"
    )
    environ = {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring", "HOME": "/nonexistent"}
    said = [
        subprocess.run(
            [sys.executable, "-c", text], env=environ, capture_output=True, text=True, check=True
        ).stdout
        for text in (program, ours)
    ]
    assert "keyring.backends.null" in said[0]
    assert "null" not in said[1]
