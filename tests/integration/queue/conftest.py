"""A PostgreSQL database with everything in it, and a runner on it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from agent.settings import Settings
from agent.wiring import build
from tests.standins.postgres import fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agent.runner import Runner


@dataclass(frozen=True, slots=True)
class Ground:
    """One data folder on a database, and the runner on it."""

    settings: Settings
    environment: dict[str, str]
    runner: Runner


@pytest.fixture
def ground(postgres: str, migrated: str, tmp_path: Path) -> Iterator[Ground]:
    with fresh_database(postgres, migrated) as url:
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
