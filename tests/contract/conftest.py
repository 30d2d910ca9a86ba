"""The two databases that stores of runs are tried on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, event

from agent.runs.tables import metadata
from tests.standins.postgres import fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

CLAIMERS = 8
"""How many threads claim at the same moment."""


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Engine]:
    engine = create_engine(f"sqlite:///{tmp_path / 'runs.db'}")

    @event.listens_for(engine, "connect")
    def configure(connection: object, _record: object) -> None:
        connection.execute("PRAGMA busy_timeout = 10000")  # type: ignore[attr-defined]
        connection.execute("PRAGMA journal_mode = WAL")  # type: ignore[attr-defined]

    metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def server(postgres: str) -> Iterator[Engine]:
    """A database of PostgreSQL's, one for all tests of a module; see ``postgresql``."""
    with fresh_database(postgres) as url:
        made = create_engine(url, pool_size=CLAIMERS)
        metadata.create_all(made)
        yield made
        made.dispose()


@pytest.fixture
def postgresql(server: Engine) -> Engine:
    """The same with nothing in it."""
    with server.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())
    return server
