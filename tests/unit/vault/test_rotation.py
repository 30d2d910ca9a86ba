"""Rotation of 1,000 secrets, stopped at every point and killed at 200 random moments: none lost."""

from __future__ import annotations

import os
import random
import signal
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, func, select

from agent.vault.custody import Custody
from agent.vault.keyslots.file import FileKey
from agent.vault.origin import OriginPolicy
from agent.vault.places import Place
from agent.vault.records import Draft, Records
from agent.vault.rotation import BATCH
from agent.vault.seal import unseal
from agent.vault.shelf import Shelf
from agent.vault.store import Vault
from agent.vault.tables import secret_version
from agent.vault.transactions import fetch, reading, writing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Engine

    from agent.vault.new_secret import NewSecret

N = 1_000
KILLS = 200
HOTEL = OriginPolicy.parse(["https://hotel.example"])


class Stopped(Exception):
    """Stands for a kill at one point of a rotation."""


@dataclass
class StopAt:
    """Raises at the n-th point, counted from one; records the points passed."""

    number: int
    passed: int = 0

    def __call__(self, _point: str) -> None:
        self.passed += 1
        if self.passed == self.number:
            raise Stopped


def custody_of(engine: Engine, keys: Path) -> Custody:
    vault = Vault(engine, FileKey(keys))
    return Custody(vault, engine, lambda _kind: FileKey(keys))


def fill(engine: Engine, keys: Path, number: int = N) -> None:
    vault = Vault(engine, FileKey(keys))
    vault.create()
    trail = vault.trail()
    with writing(engine) as connection:
        shelf = Shelf(connection, Records(trail.vault_id, trail.ring))
        for one in range(number):
            ident = f"00000000-0000-4000-8000-{one:012d}"
            place = Place(trail.vault_id, "default", ident, 1, "test", "value", "restricted")
            values = {"value": f"value {one}"}
            shelf.put(Draft(place, f"Secret {one}", HOTEL, "t", "2026", "local", values))


# What opened once opens again as long as the key and every byte are the same.
_OPENED: set[tuple[bytes, str, int, bytes, bytes]] = set()


def readable(engine: Engine, keys: Path) -> int:
    """Open all values as the next process does; tell how many secrets have their own."""
    opened = Vault(engine, FileKey(keys)).opening.open()
    versions = secret_version.c
    asked = select(versions.secret_id, versions.term, versions.dek, versions.ct)
    with engine.connect() as connection:
        rows = connection.execute(asked).all()
    found = 0
    for ident, term, dek, ct in rows:
        seen = (opened.ring.key(term), ident, term, dek, ct)
        if seen in _OPENED:
            found += 1
            continue
        place = Place(opened.vault_id, "default", ident, 1, "test", "value", "restricted")
        key = unseal(opened.ring.key(term), dek, place.key(term))
        value = f'{{"value":"value {int(ident[-12:])}"}}'
        if unseal(key, ct, place.payload(HOTEL.digest())) == value.encode():
            found += 1
            _OPENED.add(seen)
    return found


def left(engine: Engine, keys: Path) -> int:
    """Count the versions that are not under the active term yet."""
    term = Vault(engine, FileKey(keys)).opening.open().ring.active_term
    with reading(engine) as connection:
        behind = select(func.count()).where(secret_version.c.term != term)
        return int(connection.execute(behind).scalar_one())


def blobs(engine: Engine, column: str) -> set[bytes]:
    with reading(engine) as connection:
        return {row[column] for row in fetch(connection, select(secret_version.c[column]))}


def test_rotation_moves_every_version_and_drops_the_old_term(
    engine: Engine, keys: Path, vault: Vault, a_login: Callable[..., NewSecret]
) -> None:
    card = vault.add(a_login())
    vault.rotate(card.id, {"username": "bob", "password": "battery staple"})
    deks, payloads = blobs(engine, "dek"), blobs(engine, "ct")
    done = custody_of(engine, keys).rotate()
    assert (done.moved, done.damaged, done.term) == (2, (), 2)
    ring = Vault(engine, FileKey(keys)).opening.open().ring
    assert set(ring.keys) == {2}
    assert not ring.rotating
    assert not blobs(engine, "dek") & deks
    assert blobs(engine, "ct") == payloads
    assert vault.card(card.id).version == 2
    assert custody_of(engine, keys).verify().problems == ()


def test_deep_rotation_seals_the_values_under_new_keys_too(
    engine: Engine, keys: Path, vault: Vault, a_login: Callable[..., NewSecret]
) -> None:
    card = vault.add(a_login())
    vault.rotate(card.id, {"username": "bob", "password": "battery staple"})
    payloads, descriptions = blobs(engine, "ct"), blobs(engine, "meta")
    assert custody_of(engine, keys).rotate(deep=True).moved == 2
    assert not blobs(engine, "ct") & payloads
    assert not blobs(engine, "meta") & descriptions
    assert vault.card(card.id).version == 2
    assert custody_of(engine, keys).verify().problems == ()


def test_a_process_that_was_open_before_writes_under_the_new_term(
    engine: Engine, keys: Path, vault: Vault, a_login: Callable[..., NewSecret]
) -> None:
    vault.add(a_login())
    custody_of(engine, keys).rotate()
    card = vault.add(a_login("Another"))
    assert vault.card("Hotel admin").name == "Hotel admin"
    assert Vault(engine, FileKey(keys)).card(card.id) == card
    assert left(engine, keys) == 0


def test_a_row_that_does_not_open_stays_and_so_does_its_term(
    engine: Engine,
    keys: Path,
    vault: Vault,
    a_login: Callable[..., NewSecret],
    attack: Callable[..., None],
) -> None:
    bad = vault.add(a_login("Bad"))
    vault.add(a_login("Good"))
    attack(("UPDATE secret_version SET dek = zeroblob(317) WHERE secret_id = :i", {"i": bad.id}))
    done = custody_of(engine, keys).rotate()
    assert (done.moved, done.damaged) == (1, (bad.id,))
    assert set(Vault(engine, FileKey(keys)).opening.open().ring.keys) == {1, 2}


def test_an_interrupted_plain_rotation_can_be_made_a_deep_one(
    engine: Engine, keys: Path, vault: Vault, a_login: Callable[..., NewSecret]
) -> None:
    vault.add(a_login())
    with pytest.raises(Stopped):
        custody_of(engine, keys).rotation(StopAt(2)).rotate()
    payloads = blobs(engine, "ct")
    custody_of(engine, keys).rotate(deep=True)
    assert not blobs(engine, "ct") & payloads
    with pytest.raises(Stopped):
        custody_of(engine, keys).rotation(StopAt(2)).rotate(deep=True)
    payloads = blobs(engine, "ct")
    custody_of(engine, keys).rotate()
    assert not blobs(engine, "ct") & payloads


@pytest.mark.slow
@pytest.mark.parametrize("deep", [False, True], ids=["plain", "deep"])
def test_stopped_at_every_point_of_the_first_and_the_last_batch_nothing_is_lost(
    engine: Engine, keys: Path, *, deep: bool
) -> None:
    fill(engine, keys)
    stops = 0

    def stop(number: int, expected_left: int) -> None:
        nonlocal stops
        with pytest.raises(Stopped):
            custody_of(engine, keys).rotation(StopAt(number)).rotate(deep=deep)
        stops += 1
        assert readable(engine, keys) == N
        assert left(engine, keys) == expected_left

    stop(1, 0)  # before the new term is kept: nothing has begun
    stop(2, N)  # after
    for row in range(1, BATCH + 1):
        stop(row, N)
    stop(BATCH + 1, N - BATCH)  # the batch is kept
    stop((N // BATCH - 2) * (BATCH + 1), BATCH)
    for row in range(1, BATCH + 1):
        stop(row, BATCH)
    stop(BATCH + 1, 0)
    stop(1, 0)  # the batch that finds nothing
    stop(2, 0)  # before the old term is dropped
    assert len(Vault(engine, FileKey(keys)).opening.open().ring.keys) == 2
    stop(3, 0)  # after
    assert len(Vault(engine, FileKey(keys)).opening.open().ring.keys) == 1
    assert stops == 2 * BATCH + 8
    assert custody_of(engine, keys).verify().problems == ()


def rotate_in_a_child(database: Path, keys: Path) -> int:
    """Fork a process that rotates without end, on a connection of its own; gives its id."""
    child = os.fork()
    if child:
        return child
    try:
        engine = create_engine(f"sqlite:///{database}")
        custody = custody_of(engine, keys)
        while True:
            custody.rotate()
    finally:
        os._exit(1)


@pytest.mark.slow
def test_killed_at_two_hundred_random_moments_nothing_is_lost(
    engine: Engine, database: Path, keys: Path
) -> None:
    fill(engine, keys)
    engine.dispose()
    pick = random.Random(20261122)  # noqa: S311 - moments of a test, no secret
    midway = 0
    for _ in range(KILLS):
        child = rotate_in_a_child(database, keys)
        time.sleep(pick.uniform(0, 0.12))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        assert os.WTERMSIG(status) == signal.SIGKILL
        fresh = create_engine(f"sqlite:///{database}")
        assert readable(fresh, keys) == N
        midway += 0 < left(fresh, keys) < N
        fresh.dispose()
    # Positive control: the kills did fall into the middle of rotations.
    assert midway > KILLS // 10
    fresh = create_engine(f"sqlite:///{database}")
    custody = custody_of(fresh, keys)
    custody.rotate()
    assert custody.verify().problems == ()
    assert left(fresh, keys) == 0
    fresh.dispose()
