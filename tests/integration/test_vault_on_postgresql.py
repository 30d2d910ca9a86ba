"""The vault on PostgreSQL, with many at it at once; each lock also taken away, to see it missed."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError

from agent.errors import SecretError, UsageError, VaultDamaged
from agent.runs.address import Address
from agent.runs.claim import LeaseTimes
from agent.runs.states import State
from agent.runs.store import RunStore
from agent.runs.tables import runs
from agent.vault import transactions
from agent.vault.audit import Act, Entry
from agent.vault.backup import Backups
from agent.vault.epoch import Epochs
from agent.vault.keyslots.file import FileKey
from agent.vault.new_secret import NewSecret
from agent.vault.origin import OriginPolicy
from agent.vault.store import Vault
from agent.vault.tables import audit, vault_meta
from agent.vault.transactions import DatabaseAway, reading, writing
from agent.wiring.database import connect, open_database
from agent.wiring.keys import ROWS
from tests.standins.postgres import away, fresh_database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sqlalchemy import Connection, Engine

MANY = 6
AUDITED = 6
ROOT = Path(__file__).parents[2]


@pytest.fixture
def url(postgres: str, migrated: str) -> Iterator[str]:
    with fresh_database(postgres, migrated) as made:
        yield made


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    made = open_database(Address.of(url))
    yield made
    made.dispose()


@pytest.fixture
def vault(engine: Engine, tmp_path: Path) -> Vault:
    made = Vault(engine, FileKey(tmp_path / "keys"))
    made.create()
    return made


def write_rows(vault: Vault) -> None:
    """Have as many threads as there are connections write to the audit trail at once."""

    def write(_number: int) -> None:
        for _ in range(AUDITED):
            vault.trail().record(Entry(Act.BACKED_UP, vault.trail().vault_id))

    with ThreadPoolExecutor(MANY) as pool:
        list(pool.map(write, range(MANY)))


def test_the_chain_of_the_audit_stays_whole_however_many_write_to_it(vault: Vault) -> None:
    write_rows(vault)
    verdict = vault.trail().verify()
    assert (verdict.rows, verdict.bad_row) == (1 + MANY * AUDITED, None)


def test_positive_control_without_the_rows_lock_the_chain_does_not_hold(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "_alone", lambda _connection: None)
    with pytest.raises(Exception, match="audit"):
        write_rows(vault)


OTHER_PROCESS = """
import sys
from pathlib import Path
from agent.runs.address import Address
from agent.vault.audit import Act, Entry
from agent.vault.epoch import Epochs
from agent.vault.keyslots.file import FileKey
from agent.vault.store import Vault
from agent.wiring.database import open_database

engine = open_database(Address.of(sys.argv[1]))
trail = Vault(engine, FileKey(Path(sys.argv[2]))).trail()
for _ in range(int(sys.argv[3])):
    trail.record(Entry(Act.BACKED_UP, trail.vault_id))
engine.dispose()
"""


def test_processes_share_the_chain_too(vault: Vault, url: str, tmp_path: Path) -> None:
    said = [sys.executable, "-c", OTHER_PROCESS, url, str(tmp_path / "keys"), str(AUDITED)]
    others = [subprocess.Popen(said, cwd=ROOT, env={**os.environ}) for _ in range(3)]
    write_rows(vault)
    assert [one.wait(120) for one in others] == [0, 0, 0]
    assert vault.trail().verify().rows == 1 + (MANY + 3) * AUDITED
    assert vault.trail().verify().bad_row is None


def made_at_once(url: str, folder: Path) -> list[str]:
    with ExitStack() as stack:
        engines = [connect(Address.of(url)) for _ in range(MANY)]
        for engine in engines:
            stack.callback(engine.dispose)
        vaults = [Vault(engine, FileKey(folder / "keys")) for engine in engines]
        with ThreadPoolExecutor(MANY) as pool:
            list(pool.map(lambda one: one.create(), vaults))
        with engines[0].connect() as connection:
            found = connection.execute(select(vault_meta.c.vault_id)).scalars().all()
    return list(found)


def test_of_many_that_make_the_vault_one_does_and_no_other_key_is_left(
    url: str, tmp_path: Path
) -> None:
    (made,) = made_at_once(url, tmp_path)
    assert [path.name for path in (tmp_path / "keys").glob("*.key")] == [f"{made}.key"]


def test_positive_control_without_the_tables_lock_many_vaults_are_made(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, first = Barrier(MANY, timeout=60), Epochs.first

    def all_at_once(self: Epochs) -> bytes:
        there.wait()  # each has seen that there is no vault yet
        return first(self)

    monkeypatch.setattr(transactions, "_alone", lambda _connection: None)
    monkeypatch.setattr(Epochs, "first", all_at_once)
    try:
        made = made_at_once(url, tmp_path)
    except SecretError:
        return  # who came late found two
    assert len(made) > 1


def counted(connection: Connection, meanwhile: Callable[[], None]) -> tuple[int, int]:
    count = select(func.count()).select_from(audit)
    before = connection.execute(count).scalar_one()
    meanwhile()
    return before, connection.execute(count).scalar_one()


def test_what_is_read_together_is_of_one_moment(vault: Vault, engine: Engine) -> None:
    def change() -> None:
        vault.trail().record(Entry(Act.BACKED_UP, vault.trail().vault_id))

    with reading(engine) as connection:
        before, after = counted(connection, change)
    assert before == after
    # Positive control: as connections of every day are.
    with engine.connect() as connection:
        before, after = counted(connection, change)
    assert after == before + 1


@dataclass
class Slow:
    """A key for which a person is asked; looks whether anything waits for that in the database."""

    key_file: FileKey
    watched: Engine
    idle: list[int] = field(default_factory=list)
    kind = "passphrase"

    def _look(self) -> None:
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"
        with self.watched.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            self.idle.append(connection.execute(text(waiting)).scalar_one())

    def new_key(self, vault_id: str, /) -> tuple[Mapping[str, object], bytes]:
        self._look()
        return self.key_file.new_key(vault_id)

    def key(self, vault_id: str, params: Mapping[str, object], /) -> bytes:
        self._look()
        return self.key_file.key(vault_id, params)

    def forget(self, vault_id: str, params: Mapping[str, object], /) -> None:
        self.key_file.forget(vault_id, params)


def test_nothing_is_held_in_the_database_while_a_person_is_asked(
    engine: Engine, url: str, tmp_path: Path
) -> None:
    watched = connect(Address.of(url))
    key = Slow(FileKey(tmp_path / "keys"), watched)
    vault = Vault(engine, key)
    vault.create()
    vault.trail()
    assert vault.unlock_again()
    Backups(vault, engine, tmp_path / "none.db", open_database, ROWS).accept_present()
    assert key.idle == [0] * 4
    # Positive control: it would be seen.
    with writing(engine):
        key.key(vault.trail().vault_id, {})
    assert key.idle[-1] == 1
    watched.dispose()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit SET actor = 'other'",
        "DELETE FROM audit",
        "UPDATE secret SET visibility = 'masked'",
    ],
)
def test_what_never_changes_is_not_changed_by_mistake(
    vault: Vault, engine: Engine, change: str
) -> None:
    origins = OriginPolicy.parse(["https://a.example"])
    vault.add(NewSecret("A", "value", {"value": "x"}, origins))
    with pytest.raises(IntegrityError, match="never"), engine.begin() as connection:
        connection.execute(text(change))


def test_a_database_that_goes_away_is_told_as_such(vault: Vault, postgres: str, url: str) -> None:
    with away(postgres, url), pytest.raises(DatabaseAway, match="does not answer"):
        vault.cards()
    assert vault.cards() == []


def expired(store: RunStore, count: int) -> list[str]:
    made = [store.add("demo", "{}").id for _ in range(count)]
    for run_id in made:
        store.claim(run_id, "gone")
    return made


def test_who_sweeps_waits_for_nobody_and_leaves_out_what_another_has(engine: Engine) -> None:
    store = RunStore(engine, LeaseTimes(ttl=-1.0), lambda _worker: False)
    first, *others = expired(store, 5)
    with engine.begin() as connection:
        connection.execute(select(runs).where(runs.c.id == first).with_for_update())
        assert set(store.sweep()) == set(others)
    assert store.sweep() == [first]


def test_positive_control_a_plain_update_would_wait(engine: Engine) -> None:
    store = RunStore(engine, LeaseTimes(ttl=-1.0), lambda _worker: False)
    first = expired(store, 1)[0]
    over = update(runs).where(runs.c.lease_until < 1e12).values(state=State.FAILED.value)
    with engine.begin() as one, engine.connect() as two:
        one.execute(select(runs).where(runs.c.id == first).with_for_update())
        two.execute(text("SET lock_timeout = '100ms'"))
        with pytest.raises(OperationalError, match="lock timeout"):
            two.execute(over)


def test_many_sweep_at_once_and_each_run_is_taken_once(engine: Engine) -> None:
    store = RunStore(engine, LeaseTimes(ttl=-1.0), lambda _worker: False)
    made = expired(store, 40)
    with ThreadPoolExecutor(MANY) as pool:
        taken: list[Any] = [
            one for got in pool.map(lambda _: store.sweep(), range(MANY)) for one in got
        ]
    taken += store.sweep()
    assert sorted(taken) == sorted(made)


def test_a_second_vault_is_damage(vault: Vault, engine: Engine) -> None:
    row = {"vault_id": "b", "format": 1, "ring": b"", "ring_gen": 1}
    with engine.begin() as connection:
        connection.execute(insert(vault_meta).values(row))
    with pytest.raises(VaultDamaged, match="more than one"):
        Vault(engine, vault.opening.unlocker).cards()


def named(vault: Vault, *names: str) -> None:
    origins = OriginPolicy.parse(["https://a.example"])
    for name in names:
        vault.add(NewSecret(name, "value", {"value": "x"}, origins))


def test_a_backup_is_a_file_that_opens_alone_and_is_put_back(
    vault: Vault, engine: Engine, tmp_path: Path
) -> None:
    home, target = tmp_path / "home" / "runner.db", tmp_path / "copy.db"
    backups = Backups(vault, engine, home, open_database, ROWS)
    named(vault, "A")
    backups.backup(target)
    assert target.stat().st_mode & 0o777 == 0o600
    assert not list(tmp_path.glob("copy.db-*"))
    alone = open_database(target)
    assert [card.name for card in Vault(alone, FileKey(tmp_path / "keys")).cards()] == ["A"]
    alone.dispose()
    named(vault, "B")
    RunStore(engine).add("later", "{}")
    before = backups.restore(target)
    assert before is not None
    assert [card.name for card in vault.cards()] == ["A"]
    assert RunStore(engine).list() == []
    assert vault.trail().verify().bad_row is None
    assert [row["action"] for row in vault.trail().rows()][-1] == "restored"
    kept = open_database(before)
    names = [card.name for card in Vault(kept, FileKey(tmp_path / "keys")).cards()]
    kept.dispose()
    assert names == ["A", "B"]
    assert [path.name for path in home.parent.iterdir()] == [before.name]


def test_no_backup_is_put_back_while_a_run_goes_on(
    vault: Vault, engine: Engine, tmp_path: Path
) -> None:
    backups = Backups(vault, engine, tmp_path / "h.db", open_database, ROWS)
    named(vault, "A")
    backups.backup(tmp_path / "copy.db")
    named(vault, "B")
    store = RunStore(engine)
    claim = store.claim(store.add("goes on", "{}").id, "worker")
    assert claim is not None
    with pytest.raises(UsageError, match="runs go on in this database"):
        backups.restore(tmp_path / "copy.db")
    assert [card.name for card in vault.cards()] == ["A", "B"]
    store.finish(claim, State.SUCCEEDED, "passed", "{}")
    assert backups.restore(tmp_path / "copy.db") is not None
    assert [card.name for card in vault.cards()] == ["A"]


def test_a_backup_that_cannot_be_written_leaves_nothing(
    vault: Vault, engine: Engine, tmp_path: Path
) -> None:
    def refuse(_source: Connection, _target: Connection) -> None:
        raise SecretError("no room")

    backups = Backups(vault, engine, tmp_path / "h.db", open_database, replace(ROWS, copy=refuse))
    with pytest.raises(SecretError, match="no room"):
        backups.backup(tmp_path / "copy.db")
    assert not list(tmp_path.glob("copy.db*"))
