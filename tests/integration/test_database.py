"""The one database of a data folder, opened more than once by one process."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from agent.errors import EnvironmentUnfit
from agent.wiring.database import HEADS, open_database

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OPEN_AND_CLOSE = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("SELECT count(*) FROM runs").fetchone()
connection.close()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "runner.db"


def log_survives(path: Path, act: Callable[[Path], object]) -> bool:
    """Do ``act`` while a connection is open, then let another process open and close the file.

    Who closes last removes the write-ahead log. If the other process believes to be the last, it
    takes the log away from under the open connection: that is how a database gets damaged.
    """
    first = open_database(path)
    with first.connect() as connection:
        connection.execute(text("SELECT count(*) FROM runs"))
        act(path)
        subprocess.run([sys.executable, "-c", OPEN_AND_CLOSE, str(path)], check=True)
        survived = path.with_name("runner.db-wal").exists()
    first.dispose()
    return survived


def test_a_new_database_is_private_and_current(path: Path) -> None:
    engine = open_database(path)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT version_num FROM alembic_version"))
        assert {row[0] for row in rows} == HEADS
    engine.dispose()
    assert path.stat().st_mode & 0o777 == 0o600


def test_opening_it_again_leaves_the_log_to_the_connections_that_use_it(path: Path) -> None:
    assert log_survives(path, lambda path: open_database(path).dispose())


def test_touching_the_file_would_take_the_log_away(path: Path) -> None:
    assert not log_survives(path, lambda path: os.close(os.open(path, os.O_RDWR)))


def test_a_file_that_is_no_database_is_told_in_one_line(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(EnvironmentUnfit, match="file is not a database"):
        open_database(path)


def test_a_newer_database_is_refused_untouched(path: Path) -> None:
    open_database(path).dispose()
    with closing(sqlite3.connect(path)) as direct, direct:
        direct.execute("DELETE FROM alembic_version WHERE version_num LIKE 'runs%'")
        direct.execute("INSERT INTO alembic_version VALUES ('runs9999')")
    with pytest.raises(EnvironmentUnfit, match="newer runner"):
        open_database(path)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentUnfit, match="File exists"):
        open_database(tmp_path / "file" / "runner.db")
