"""One PostgreSQL server for all tests of a process that need one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.standins.postgres import programs, running_postgres

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a real server; make a database of your own in it."""
    if programs() is None:
        pytest.skip("PostgreSQL is not installed")
    with running_postgres() as url:
        yield url
