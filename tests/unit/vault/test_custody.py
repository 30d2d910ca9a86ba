"""Adding and removing ways to open a vault; none replaces another (kills: ``test_rooting``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from agent.errors import RunnerError, UsageError, VaultLocked, WrongKey
from agent.vault.custody import Custody
from agent.vault.keyslots import KEY_SLOTS
from agent.vault.keyslots.aws_kms import KmsKey
from agent.vault.keyslots.file import FileKey
from agent.vault.keyslots.keyring import KeyringKey
from agent.vault.keyslots.passphrase import Cost, Passphrase
from agent.vault.keyslots.passphrase_file import PassphraseFile
from agent.vault.store import Vault

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Engine

    from agent.vault.keyslots import Unlocker
    from agent.vault.new_secret import NewSecret

WORDS = "orbit velvet hammer lagoon"
SMALL = Cost(memory=64 * 1024, passes=1, lanes=1)


@dataclass(frozen=True)
class House:
    """One database and the ways to open it."""

    engine: Engine
    keys: Path

    def unlocker(self, kind: str) -> Unlocker:
        if kind == "file":
            return FileKey(self.keys)
        if kind == "passphrase":
            return Passphrase(lambda: WORDS, cost=SMALL)
        return PassphraseFile(self.keys, Passphrase(lambda: WORDS, cost=SMALL))

    def vault(self, kind: str = "file") -> Vault:
        return Vault(self.engine, self.unlocker(kind))

    def custody(self, kind: str = "file") -> Custody:
        return Custody(self.vault(kind), self.engine, self.unlocker)

    def opens(self, kind: str) -> bool:
        try:
            return [card.name for card in self.vault(kind).cards()] == ["Hotel admin"]
        except (VaultLocked, WrongKey):
            return False


@pytest.fixture
def house(engine: Engine, keys: Path, vault: Vault, a_login: Callable[..., NewSecret]) -> House:
    vault.add(a_login())
    return House(engine, keys)


def test_a_key_is_added_and_the_first_one_removed(house: House) -> None:
    first = house.custody().unlock()
    assert first.opened
    house.custody().add_key("passphrase")
    assert house.opens("file")
    assert house.opens("passphrase")
    house.custody("passphrase").remove_key(first.id[:8])
    assert not house.opens("file")
    assert house.opens("passphrase")
    assert [path.suffix for path in house.keys.iterdir()] == []
    assert house.custody("passphrase").verify().problems == ()


def test_a_passphrase_is_changed_by_adding_and_removing(house: House) -> None:
    house.custody().add_key("passphrase")
    old = house.custody("passphrase").unlock()
    other = Passphrase(lambda: "another hammer velvet orbit", cost=SMALL)
    Custody(house.vault(), house.engine, lambda _kind: other).add_key("passphrase")
    changed = Vault(house.engine, other)
    Custody(changed, house.engine, house.unlocker).remove_key(old.id)
    assert not house.opens("passphrase")
    assert [card.name for card in Vault(house.engine, other).cards()] == ["Hotel admin"]


def test_two_key_files_open_one_vault_and_each_can_go(house: House) -> None:
    second = house.custody().add_key("file")
    assert len(list(house.keys.iterdir())) == 2
    first = house.custody().unlock()
    assert first.id != second.id
    house.custody().remove_key(second.id)
    assert len(list(house.keys.iterdir())) == 1
    assert house.opens("file")


def test_the_last_key_and_the_one_in_use_stay(house: House) -> None:
    first = house.custody().unlock()
    with pytest.raises(UsageError, match="only key"):
        house.custody().remove_key(first.id)
    house.custody().add_key("passphrase")
    with pytest.raises(UsageError, match="this very key"):
        house.custody().remove_key(first.id)
    for unknown in ("", "zz"):
        with pytest.raises(UsageError, match="key slot"):
            house.custody().remove_key(unknown)
    assert house.opens("file")


@dataclass(frozen=True)
class Fickle:
    """A way to keep keys that gives another one back than it was given."""

    kind: str = "passphrase"

    def new_key(self, _vault_id: str, /) -> tuple[dict[str, object], bytes]:
        return {}, bytes(32)

    def key(self, _vault_id: str, _params: object, /) -> bytes:
        return bytes([1]) * 32

    def forget(self, _vault_id: str, _params: object, /) -> None:
        """Keep nothing."""


def test_a_new_key_that_does_not_open_the_vault_again_is_not_added(house: House) -> None:
    custody = Custody(house.vault(), house.engine, lambda _kind: Fickle())
    with pytest.raises((WrongKey, VaultLocked)):
        custody.add_key("passphrase")
    status = custody.status()
    assert status is not None
    assert [slot.kind for slot in status.slots] == ["file"]


WAYS: dict[str, Callable[[Path], Unlocker]] = {
    "file": FileKey,
    "passphrase": lambda _keys: Passphrase(lambda: WORDS, cost=SMALL),
    "passphrase_file": lambda keys: PassphraseFile(keys, Passphrase(lambda: WORDS, cost=SMALL)),
    "keyring": lambda _keys: KeyringKey(list),
    "aws_kms": lambda _keys: KmsKey(),
}


def test_the_ways_below_are_all_there_are() -> None:
    assert set(WAYS) == set(KEY_SLOTS)


@pytest.mark.parametrize("weaker", ["file", "passphrase", "passphrase_file"])
@pytest.mark.parametrize("wanted", list(WAYS))
def test_a_kind_that_is_not_there_is_never_replaced_by_another(
    engine: Engine, keys: Path, wanted: str, weaker: str
) -> None:
    """The vault opens with ``weaker``; whoever asks for ``wanted`` is refused, and told so."""
    Vault(engine, WAYS[weaker](keys)).create()
    unlocker = WAYS[wanted](keys)
    if wanted == weaker:
        # Positive control: the vault does open when that kind itself is asked for.
        assert Vault(engine, unlocker).cards() == []
        return
    with pytest.raises(VaultLocked, match="does not open with"):
        Vault(engine, unlocker).cards()


@pytest.mark.parametrize("wanted", ["keyring", "aws_kms"])
def test_a_vault_is_not_made_with_another_kind_than_the_one_asked_for(
    engine: Engine, keys: Path, wanted: str
) -> None:
    with pytest.raises(RunnerError) as refused:
        Vault(engine, WAYS[wanted](keys)).create()
    assert refused.value.hint
    assert not Vault(engine, WAYS[wanted](keys)).is_created
    assert not keys.exists()


def test_status_needs_no_key(house: House) -> None:
    status = Custody(Vault(house.engine, KeyringKey(list)), house.engine, house.unlocker).status()
    assert status is not None
    assert (status.secrets, status.versions, status.terms) == (1, 1, {1: 1})
    assert [slot.kind for slot in status.slots] == ["file"]


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE secret_version SET ct = zeroblob(1085) WHERE version = 1", "column ct"),
        ("DELETE FROM secret_version WHERE version = 2", "current version is gone"),
        ("UPDATE secret_version SET created_by = 'mallory'", "row was changed"),
        ("UPDATE keyslot SET checksum = zeroblob(32) WHERE kind = 'passphrase'", "key slot"),
        ("UPDATE audit SET actor = 'mallory' WHERE seq = 2", "row 2"),
    ],
)
def test_verify_names_what_is_not_as_it_was_written(
    house: House, attack: Callable[..., None], statement: str, problem: str
) -> None:
    house.custody().add_key("passphrase")
    house.vault().rotate("Hotel admin", {"username": "bob", "password": "battery staple"})
    assert house.custody().verify().problems == ()
    attack(statement)
    found = house.custody().verify()
    assert any(problem in line for line in found.problems), found.problems
