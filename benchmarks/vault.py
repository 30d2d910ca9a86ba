"""The vault at 10,000 secrets, each figure beside what the same number of bare acts costs.

``make bench`` or ``python -m benchmarks.vault [SECRETS]``. Reading is measured against bare
SQLite reads of the same rows, rotating against bare AES-GCM calls (one to open and one to seal for
each row). Medians of several rounds; the goals are promise 19 of the security design.
"""

from __future__ import annotations

import os
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from agent.vault.anchor import Anchor
from agent.vault.custody import Custody
from agent.vault.keyslots.file import FileKey
from agent.vault.opening import Anchored
from agent.vault.origin import OriginPolicy
from agent.vault.places import Place
from agent.vault.records import Draft, Records
from agent.vault.secret import SecretRef
from agent.vault.shelf import PROJECT, Shelf
from agent.vault.store import Vault
from agent.vault.transactions import reading, writing
from agent.wiring.database import open_database

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

SECRETS = 10_000
PAGE = 50
ROUNDS = 25
ORIGINS = OriginPolicy.parse(["https://hotel.example"])


@dataclass(frozen=True, slots=True)
class Bench:
    """A vault of ``number`` secrets in a folder that goes away."""

    engine: Engine
    folder: Path
    number: int

    def vault(self) -> Vault:
        """Give the vault as the next process meets it: locked."""
        keys = self.folder / "keys"
        return Vault(self.engine, Anchored(FileKey(keys), Anchor(keys)))

    def fill(self) -> None:
        """Put the secrets in, all in one transaction."""
        vault = self.vault()
        vault.create()
        trail = vault.trail()
        with writing(self.engine) as connection:
            shelf = Shelf(connection, Records(trail.vault_id, trail.ring))
            for number in range(self.number):
                kinds = ("test", "login", "restricted")
                place = Place(trail.vault_id, PROJECT, ident(number), 1, *kinds)
                values = {"username": f"user {number}", "password": f"password {number}"}
                made = ("bench", "2026-11-22", "local", values)
                shelf.put(Draft(place, f"Secret {number}", ORIGINS, *made))

    def some(self, count: int) -> list[str]:
        """Pick ids at random, others in each call."""
        picked = random.sample(range(self.number), count)
        return [ident(number) for number in picked]


def ident(number: int) -> str:
    """Give the id of the secret of this number."""
    return str(UUID(int=number, version=4))


def seconds(act: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Give the median time of ``act``."""
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        act()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def report(what: str, ours: float, bare: float, goal: float | None = None) -> None:
    """Print one line: our time, the bare one, the ratio, and whether the goal is met."""
    met = "" if goal is None else f"   goal {goal * 1000:.0f} ms: {'met' if ours <= goal else 'NO'}"
    line = f"{what:<34} {ours * 1000:>10.2f} ms {bare * 1000:>10.2f} ms {ours / bare:>8.1f}{met}\n"
    sys.stdout.write(line)


def bare_reads(database: Path, idents: list[str]) -> None:
    """Read the rows of these secrets with nothing but SQLite."""
    with closing(sqlite3.connect(database)) as connection:
        for one in idents:
            connection.execute(
                "SELECT * FROM secret JOIN secret_version ON id = secret_id WHERE id = ?", (one,)
            ).fetchall()


def bare_ciphers(number: int) -> None:
    """Open and seal 256 bytes ``number`` times with nothing but AES-256-GCM."""
    cipher, nonce, text = AESGCM(os.urandom(32)), os.urandom(12), os.urandom(256)
    sealed = cipher.encrypt(nonce, text, b"")
    for _ in range(number):
        cipher.decrypt(nonce, sealed, b"")
        cipher.encrypt(nonce, text, b"")


def read_page(vault: Vault, idents: list[str]) -> None:
    """Describe a page of secrets, as a list shows them."""
    opened = vault.opening.open()
    with reading(vault.trail().engine) as connection:
        shelf = Shelf(connection, Records(opened.vault_id, opened.ring))
        for one in idents:
            shelf.records.describe(shelf.find(one))


def open_one(vault: Vault, one: str) -> None:
    """Open one secret with its values for a run: two audit rows' worth of care included."""
    vault.open_for_run({"SLOT": SecretRef(one)}, "bench").close()


def measure(bench: Bench) -> None:
    """Print all figures."""
    database = bench.folder / "runner.db"
    vault = bench.vault()
    vault.cards()
    bare_one = seconds(lambda: bare_reads(database, bench.some(1)))
    bare_page = seconds(lambda: bare_reads(database, bench.some(PAGE)))
    report(
        "unlock, with the check of all heads",
        seconds(lambda: bench.vault().opening.open(), 5),
        seconds(lambda: bare_reads(database, bench.some(bench.number)), 3),
        0.050,
    )
    report("describe one", seconds(lambda: vault.card(bench.some(1)[0])), bare_one, 0.005)
    report(
        "open one for a run, audited", seconds(lambda: open_one(vault, bench.some(1)[0])), bare_one
    )
    report(
        f"a page of {PAGE}", seconds(lambda: read_page(vault, bench.some(PAGE))), bare_page, 0.050
    )
    bare_rotation = seconds(lambda: bare_ciphers(bench.number), 3)
    custody = Custody(bench.vault(), bench.engine, lambda _kind: FileKey(bench.folder / "keys"))
    report("rotate all", seconds(custody.rotate, 3), bare_rotation)
    report("rotate all, deep", seconds(lambda: custody.rotate(deep=True), 1), bare_rotation)


def main() -> int:
    """Fill a vault and measure it."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else SECRETS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        engine = open_database(folder / "runner.db")
        bench = Bench(engine, folder, number)
        bench.fill()
        sys.stdout.write(f"{number} secrets\n{'':<34} {'ours':>13} {'bare':>13} {'ratio':>8}\n")
        measure(bench)
        engine.dispose()
    return 0


if __name__ == "__main__":
    sys.exit(main())
