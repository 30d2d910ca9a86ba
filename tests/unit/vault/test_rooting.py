"""A new root key: the old one opens nothing any more, whatever was stopped on the way."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, select

from agent.errors import UsageError, VaultDamaged, VaultLocked, WrongKey
from agent.vault.custody import Custody
from agent.vault.keyslots.file import FileKey
from agent.vault.keyslots.passphrase import Cost, Passphrase
from agent.vault.keyslots.passphrase_file import PassphraseFile
from agent.vault.renewal import renew_slot
from agent.vault.store import Vault
from agent.vault.tables import keyslot
from agent.vault.transactions import fetch, reading

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Engine

    from agent.vault.keyslots import Unlocker
    from agent.vault.new_secret import NewSecret

WORDS = "orbit velvet hammer lagoon"
SMALL = Cost(memory=64 * 1024, passes=1, lanes=1)
DEARER = Cost(memory=64 * 1024, passes=2, lanes=1)


@dataclass(frozen=True)
class House:
    """One database that opens with a file and with a passphrase."""

    database: Path
    engine: Engine
    keys: Path

    def unlocker(self, kind: str) -> Unlocker:
        if kind == "file":
            return FileKey(self.keys)
        passphrase = Passphrase(lambda: WORDS, cost=SMALL)
        return passphrase if kind == "passphrase" else PassphraseFile(self.keys, passphrase)

    def custody(self, kind: str = "file") -> Custody:
        return Custody(Vault(self.engine, self.unlocker(kind)), self.engine, self.unlocker)

    def names(self, kind: str) -> list[str]:
        return [card.name for card in Vault(self.engine, self.unlocker(kind)).cards()]

    def copy(self) -> tuple[bytes, list[bytes]]:
        """What a thief has: the root key, and the wrapped keys of the slots."""
        opened = Vault(self.engine, self.unlocker("file")).opening.open()
        with reading(self.engine) as connection:
            return opened.root, [row["wrapped"] for row in fetch(connection, select(keyslot))]


@pytest.fixture
def house(
    engine: Engine, database: Path, keys: Path, vault: Vault, a_login: Callable[..., NewSecret]
) -> House:
    vault.add(a_login())
    made = House(database, engine, keys)
    made.custody().add_key("passphrase")
    return made


def test_every_slot_that_stays_wraps_the_new_root_and_the_ring_is_rotated_deep(
    house: House,
) -> None:
    root, wrapped = house.copy()
    term = Vault(house.engine, FileKey(house.keys)).opening.open().ring.active_term
    done = house.custody().rotate_root()
    assert (done.moved, done.damaged, done.term) == (1, (), term + 1)
    after, rewrapped = house.copy()
    assert after != root
    assert not set(wrapped) & set(rewrapped)
    assert house.names("file") == house.names("passphrase") == ["Hotel admin"]
    custody = house.custody()
    assert custody.verify().problems == ()
    reasons = [row["detail"] for row in custody.vault.trail().rows() if row["action"] == "rekeyed"]
    assert '"reason":"root"' in reasons[0]


def test_the_old_root_does_not_open_the_ring_any_more(house: House) -> None:
    before = Vault(house.engine, FileKey(house.keys)).opening.open()
    house.custody().rotate_root()
    with reading(house.engine) as connection:
        rows = connection.exec_driver_sql("SELECT * FROM vault_meta").mappings().all()
    with pytest.raises(VaultDamaged):
        before.read(rows[0])


def test_a_process_that_was_open_goes_on(house: House, a_login: Callable[..., NewSecret]) -> None:
    running = Vault(house.engine, FileKey(house.keys))
    assert len(running.cards()) == 1
    house.custody().rotate_root()
    running.add(a_login("Another"))
    assert len(house.names("file")) == 2


def test_a_slot_that_is_dropped_opens_nothing(house: House) -> None:
    slots = house.custody().status()
    assert slots is not None
    known = next(slot for slot in slots.slots if slot.kind == "passphrase")
    house.custody().rotate_root([known.id[:8]])
    assert house.names("file") == ["Hotel admin"]
    with pytest.raises(VaultLocked, match="does not open with a passphrase"):
        house.names("passphrase")


def test_a_slot_whose_key_is_not_at_hand_stops_it_and_is_named(house: House) -> None:
    before = house.copy()
    other = Passphrase(lambda: "another hammer velvet orbit", cost=SMALL)
    ways = {"file": FileKey(house.keys), "passphrase": other}
    custody = Custody(Vault(house.engine, ways["file"]), house.engine, lambda kind: ways[kind])
    with pytest.raises(WrongKey, match=r"key slot .* \(passphrase\) does not open") as refused:
        custody.rotate_root()
    assert "--drop-key" in refused.value.hint
    assert house.copy() == before


def test_the_slot_in_use_and_an_unknown_one_are_not_dropped(house: House) -> None:
    for slot in (house.custody().unlock().id, "zz"):
        with pytest.raises(UsageError):
            house.custody().rotate_root([slot])
    assert house.names("file") == ["Hotel admin"]


def killed_at(house: House, point: str, act: Callable[[Custody], object]) -> None:
    """Let a real process kill itself, without any clean-up, at one point of an act."""

    def kill(passed: str) -> None:
        if passed == point:
            os.kill(os.getpid(), signal.SIGKILL)

    house.engine.dispose()
    child = os.fork()
    if not child:
        try:
            engine = create_engine(f"sqlite:///{house.database}")
            act(replace(House(house.database, engine, house.keys).custody(), passing=kill))
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL


@pytest.mark.parametrize("point", ["opened", "proven", "written", "kept"])
def test_killed_at_any_point_the_vault_opens_with_every_key(house: House, point: str) -> None:
    killed_at(house, point, lambda custody: custody.rotate_root())
    assert house.names("file") == house.names("passphrase") == ["Hotel admin"]
    house.custody().rotate_root()
    assert house.custody().verify().problems == ()


@pytest.mark.parametrize("point", ["made", "proven", "added", "kept"])
@pytest.mark.parametrize("kind", ["file", "passphrase_file"])
def test_killed_while_a_key_is_added_the_vault_opens(house: House, kind: str, point: str) -> None:
    killed_at(house, point, lambda custody: custody.add_key(kind))
    assert house.names("file") == house.names("passphrase") == ["Hotel admin"]
    if kind == "passphrase_file" and point != "kept":
        with pytest.raises(VaultLocked):
            house.names(kind)
    status = house.custody().status()
    assert status is not None
    assert len(status.slots) == 2 + (point == "kept")


@pytest.mark.parametrize("point", ["deleted", "removed", "forgotten"])
@pytest.mark.parametrize("kind", ["file", "passphrase_file"])
def test_killed_while_a_key_is_removed_the_vault_opens(house: House, kind: str, point: str) -> None:
    slot = house.custody().add_key(kind)
    killed_at(house, point, lambda custody: custody.remove_key(slot.id))
    assert house.names("file") == house.names("passphrase") == ["Hotel admin"]
    status = house.custody().status()
    assert status is not None
    assert (slot.id in {one.id for one in status.slots}) == (point == "deleted")


def cost_of(engine: Engine, kind: str) -> list[int]:
    with reading(engine) as connection:
        rows = fetch(connection, select(keyslot).where(keyslot.c.kind == kind))
    return [int(row["params"].partition('"t":')[2].partition("}")[0]) for row in rows]


@pytest.mark.parametrize("kind", ["passphrase", "passphrase_file"])
def test_a_slot_of_less_cost_is_made_dearer_when_it_opens_the_vault(
    engine: Engine, keys: Path, a_login: Callable[..., NewSecret], kind: str
) -> None:
    def way(cost: Cost) -> Unlocker:
        passphrase = Passphrase(lambda: WORDS, cost=cost)
        return passphrase if kind == "passphrase" else PassphraseFile(keys, passphrase)

    Vault(engine, way(SMALL)).add(a_login())
    assert cost_of(engine, kind) == [1]
    for renewed in (True, False):
        vault = Vault(engine, way(DEARER))
        assert renew_slot(vault, vault.opening.open()) is renewed
        assert cost_of(engine, kind) == [2]
    # Never the other way: a slot that costs more than today's stays.
    vault = Vault(engine, way(SMALL))
    assert not renew_slot(vault, vault.opening.open())
    assert cost_of(engine, kind) == [2]
    assert [card.name for card in vault.cards()] == ["Hotel admin"]
    assert vault.trail().rows()[-1]["detail"] == '{"reason":"cost"}'


def test_a_key_that_nobody_guesses_at_is_left_as_it_is(engine: Engine, keys: Path) -> None:
    vault = Vault(engine, FileKey(keys))
    vault.create()
    assert not renew_slot(vault, vault.opening.open())
