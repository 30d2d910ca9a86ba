"""``runner db``, and the database's URL on every command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.standins.postgres import away, fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROGRAM = "from agent.cli.main import main; raise SystemExit(main())"
SECRET = "canary-7Qx"


class Machine:
    """A data folder, and the environment of who works on it."""

    def __init__(self, folder: Path) -> None:
        folders = {name: str(folder) for name in ("RUNNER_HOME", "HOME", "XDG_CONFIG_HOME")}
        self.environment = {"PATH": os.environ["PATH"], **folders}

    def __call__(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", PROGRAM, *arguments],
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )


@pytest.fixture
def runner(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture
def url(postgres: str, migrated: str) -> Iterator[str]:
    with fresh_database(postgres, migrated) as made:
        yield made.replace("+psycopg", "")


def test_a_database_is_moved_and_the_old_one_says_where_it_went(runner: Machine, url: str) -> None:
    assert "from nothing to runs" in runner("db", "migrate").stdout
    assert runner("vault", "init").returncode == 0
    moved = runner("db", "move", "--to", url, "--json")
    assert json.loads(moved.stdout)["rows"]["keyslot"] == 1
    refused = runner("vault", "unlock")
    assert refused.returncode == 3
    assert refused.stderr.splitlines()[1].startswith("hint: RUNNER_DATABASE_URL=postgresql://")
    assert "here it is only kept" in runner("db", "status").stdout
    assert runner("vault", "unlock", RUNNER_DATABASE_URL=url).returncode == 0
    status = json.loads(runner("db", "status", "--json", RUNNER_DATABASE_URL=url).stdout)
    assert (status["age"], status["mark"]["state"]) == ("current", "arrived")


def test_a_password_on_the_command_line_is_refused_and_not_repeated(
    runner: Machine, url: str
) -> None:
    refused = runner("db", "move", "--to", url.replace("postgres@", f"postgres:{SECRET}@"))
    assert refused.returncode == 2
    assert "where everybody on this machine can read it" in refused.stderr
    assert SECRET not in refused.stdout + refused.stderr


@pytest.mark.parametrize("command", [["runs", "list"], ["db", "status"]])
def test_no_command_shows_the_password_of_a_database_that_is_not_there(
    runner: Machine, command: list[str]
) -> None:
    url = f"postgresql://ann:{SECRET}@127.0.0.1:1/runs"
    refused = runner(*command, RUNNER_DATABASE_URL=url)
    assert refused.returncode == 3
    assert refused.stderr.startswith("error: postgresql://ann@127.0.0.1:1/runs cannot be used: ")
    assert SECRET not in refused.stdout + refused.stderr


def test_a_database_that_goes_away_is_one_line(runner: Machine, postgres: str, url: str) -> None:
    with away(postgres, url):
        refused = runner("runs", "list", "--json", RUNNER_DATABASE_URL=url)
    assert refused.returncode == 3
    assert len(refused.stderr.splitlines()) == 2
