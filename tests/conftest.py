"""One PostgreSQL server for all tests of a process that need one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.runs.address import Address
from agent.wiring.database import open_database
from tests.standins.postgres import fresh_database, programs, running_postgres

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a real server; make a database of your own in it."""
    if programs() is None:
        pytest.skip("PostgreSQL is not installed")
    with running_postgres() as url:
        yield url


@pytest.fixture(scope="session")
def migrated(postgres: str) -> Iterator[str]:
    """The name of a database with the runner's schema and nothing in it: a template to copy."""
    with fresh_database(postgres) as url:
        engine = open_database(Address.of(url))
        engine.dispose()
        yield str(engine.url.database)
