"""Schemas of every age become today's: killed on the way, by many at once, on both databases."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from agent.errors import EnvironmentUnfit
from agent.runs.address import Address
from agent.runs.store import RunStore
from agent.runs.tables import metadata as runs_metadata
from agent.vault.tables import metadata as vault_metadata
from agent.wiring.database import HEADS, connect, open_database, revisions_in
from agent.wiring.migrations.upgrade import upgrade
from agent.wiring.standing import Age, age_of, look_at
from tests.integration.test_released import FORMATS, RELEASED
from tests.standins.postgres import fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

ROOT = Path(__file__).parents[2]
MANY = 4
KILLED = """
import os, signal, sys
from pathlib import Path
from sqlalchemy import Engine, event
from agent.wiring.database import open_database

left = [int(sys.argv[2])]

@event.listens_for(Engine, "after_cursor_execute")
def count(connection, cursor, statement, *rest):
    if statement.split()[0] in ("CREATE", "ALTER", "INSERT", "UPDATE", "DROP"):
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

open_database(Path(sys.argv[1]))
"""


@pytest.fixture(params=FORMATS)
def released(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A file as it was released, not opened since."""
    path = tmp_path / "runner.db"
    write(path, RELEASED / request.param / "vault.sql")
    return path


def write(path: Path, dump: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.executescript(dump.read_text("utf-8"))


def is_ours(one: Any, _name: object, kind: str, *_rest: object) -> bool:
    """Leave out what others keep in the database: Alembic, and the deliverer of run ids."""
    table = one if kind == "table" else one.table
    return table.name in vault_metadata.tables or table.name in runs_metadata.tables


def differences(engine: Engine) -> list[Any]:
    """Compare a database with the tables that the program uses."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": is_ours})
        assert revisions_in(connection) == HEADS
        return list(compare_metadata(context, [vault_metadata, runs_metadata]))


def test_a_released_file_becomes_as_todays_are(released: Path) -> None:
    assert look_at(Address(released)).age is Age.BEHIND
    engine = open_database(released)
    assert differences(engine) == []
    engine.dispose()
    assert look_at(Address(released)).age is Age.CURRENT


@pytest.mark.parametrize("statement", [1, 9, pytest.param(25, marks=pytest.mark.slow)])
def test_a_migration_that_is_killed_leaves_the_schema_as_it_was(
    released: Path, statement: int
) -> None:
    before = look_at(Address(released)).revisions
    command = [sys.executable, "-c", KILLED, str(released), str(statement)]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -signal.SIGKILL
    assert look_at(Address(released)).revisions == before
    engine = open_database(released)
    assert differences(engine) == []
    engine.dispose()


def test_many_open_an_old_file_at_once(released: Path) -> None:
    with ThreadPoolExecutor(MANY) as pool:
        engines = list(pool.map(open_database, [released] * MANY))
    assert differences(engines[0]) == []
    for engine in engines:
        engine.dispose()


@pytest.fixture
def empty(postgres: str) -> Iterator[Address]:
    with fresh_database(postgres) as url:
        yield Address.of(url)


@pytest.mark.parametrize(("runs", "vault"), [("runs0001", "vault0001"), ("runs0006", "vault0008")])
def test_a_postgresql_database_of_any_age_is_brought_to_todays_with_its_rows(
    empty: Address, runs: str, vault: str
) -> None:
    engine = connect(empty)
    for revision in (runs, vault):
        upgrade(engine, revision)
    run_id = str(uuid.uuid4())
    insert = (
        "INSERT INTO runs (id, task, state, params, created_at) "
        "VALUES (:id, 'old', 'queued', '{}', 1)"
    )
    with engine.begin() as connection:
        connection.execute(text(insert), {"id": run_id})
    engine.dispose()
    assert look_at(empty).age is Age.BEHIND
    engine = open_database(empty)
    assert differences(engine) == []
    run = RunStore(engine).get(run_id)
    assert (run.task, run.state, run.project) == ("old", "queued", "default")
    engine.dispose()


def test_a_migration_that_fails_on_postgresql_changes_nothing(empty: Address) -> None:
    engine = connect(empty)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE webhook (theirs INTEGER)"))
    with pytest.raises(EnvironmentUnfit, match="already exists"):
        open_database(empty)
    assert look_at(empty).age is Age.EMPTY
    with engine.begin() as connection:
        assert inspect(connection).get_table_names() == ["webhook"]
        connection.execute(text("DROP TABLE webhook"))
    engine.dispose()
    open_database(empty).dispose()
    assert look_at(empty).age is Age.CURRENT


def test_a_newer_schema_is_told_from_an_older_one(empty: Address) -> None:
    assert age_of(frozenset()) is Age.EMPTY
    assert age_of(HEADS) is Age.CURRENT
    assert age_of(frozenset({"vault0001", "runs0001"})) is Age.BEHIND
    assert age_of(frozenset({"vault0001", "runs9999"})) is Age.NEWER
    assert age_of(frozenset({"others0001"})) is Age.NEWER
    engine = open_database(empty)
    with engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE alembic_version SET version_num = 'runs9999' WHERE version_num LIKE 'runs%'"
            )
        )
    engine.dispose()
    assert look_at(empty).age is Age.NEWER
    with pytest.raises(EnvironmentUnfit, match="newer runner"):
        open_database(empty)
