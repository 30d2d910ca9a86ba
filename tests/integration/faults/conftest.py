"""Places for workers on each database, and the site that sees what they do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.runs.address import Address
from agent.wiring.database import open_database
from tests.standins.hosts import made_place, running_site
from tests.standins.postgres import fresh_database, programs, running_cluster, sqlalchemys

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.standins.hosts import Place, Site
    from tests.standins.postgres import Cluster

MOST_NUMBERS = 200


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """One PostgreSQL server for all tests here; each has a database of its own."""
    if programs() is None:
        pytest.skip("PostgreSQL is not installed")
    with running_cluster() as running:
        yield running


@pytest.fixture(scope="session")
def pattern(cluster: Cluster) -> Iterator[str]:
    """The name of a database that has the schema: making it anew takes a second each time."""
    with fresh_database(sqlalchemys(cluster.url)) as url:
        open_database(Address.of(url)).dispose()
        yield url.partition("?")[0].rpartition("/")[2]


@pytest.fixture
def postgresql(cluster: Cluster, pattern: str) -> Iterator[str]:
    """The URL of a PostgreSQL database with nothing in it."""
    with fresh_database(sqlalchemys(cluster.url), pattern) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """Each database in turn: a URL, or nothing for the file of the data folder."""
    return str(request.getfixturevalue("postgresql")) if request.param == "postgresql" else ""


@pytest.fixture(scope="module")
def served() -> Iterator[Site]:
    """One server for the tests of a module."""
    with running_site() as made:
        yield made


@pytest.fixture
def site(served: Site) -> Iterator[Site]:
    """The site, which has seen nothing yet."""
    served.forget()
    yield served
    served.let_go(*range(MOST_NUMBERS))


@pytest.fixture
def place(tmp_path: Path, site: Site, database: str) -> Iterator[Place]:
    """A place on each database."""
    made = made_place(tmp_path, site, database)
    yield made
    made.end()
