"""A PostgreSQL database with everything in it, and a runner on it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import make_url

from agent.runs.address import Address
from agent.settings import Settings
from agent.wiring import build
from agent.wiring.database import open_database
from tests.standins.postgres import fresh_database, programs, running_postgres

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agent.runner import Runner


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    if programs() is None:
        pytest.skip("PostgreSQL is not installed")
    with running_postgres() as url:
        yield url


@dataclass(frozen=True, slots=True)
class Ground:
    """One data folder on a database, and the runner on it."""

    settings: Settings
    environment: dict[str, str]
    runner: Runner


@pytest.fixture(scope="module")
def migrated(server: str) -> Iterator[str]:
    """A database with its schema, which others are copied from."""
    with fresh_database(server) as url:
        open_database(Address.of(url)).dispose()
        yield str(make_url(url).database)


@pytest.fixture
def ground(server: str, migrated: str, tmp_path: Path) -> Iterator[Ground]:
    with fresh_database(server, migrated) as url:
        names = ("RUNNER_HOME", "HOME", "XDG_CONFIG_HOME")
        environment = {name: str(tmp_path / "home") for name in names}
        environment |= {
            "RUNNER_DATABASE_URL": url,
            "RUNNER_KEY_FILE": str(tmp_path / "keys" / "vault.key"),
            "PATH": os.environ["PATH"],
        }
        settings = Settings.load(environment, tmp_path)
        runner = build(settings)
        runner.vault.create()
        yield Ground(settings, environment, runner)
        runner.store.engine.dispose()
