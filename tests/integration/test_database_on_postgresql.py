"""The one database, where it is a server's."""

from __future__ import annotations

import os
import stat
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from agent.errors import EnvironmentUnfit
from agent.runs.address import Address
from agent.runs.waiting import Waiting
from agent.settings import Settings
from agent.wiring import build
from agent.wiring.database import HEADS, open_database, revisions_in
from agent.wiring.passfile import handed_over
from agent.wiring.server import driver_arguments
from tests.standins.postgres import OWNER, fresh_database, running_cluster
from tests.standins.processes import free_ports, started

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

SECRET = r"canary:7\Qx"
MANY = 6
PROGRAM = "from agent.cli.main import main; raise SystemExit(main())"


@pytest.fixture
def address(postgres: str, migrated: str) -> Iterator[Address]:
    with fresh_database(postgres, migrated) as url:
        yield Address.of(url)


def test_an_empty_database_gets_its_schema_once_however_many_open_it(postgres: str) -> None:
    with fresh_database(postgres) as url, ThreadPoolExecutor(MANY) as pool:
        engines = list(pool.map(open_database, [Address.of(url)] * MANY))
        check_current(engines)


def check_current(engines: list[Engine]) -> None:
    for engine in engines:
        with engine.connect() as connection:
            assert revisions_in(connection) == HEADS
        engine.dispose()


def test_a_runner_is_built_on_it_and_its_vault_opens(address: Address, tmp_path: Path) -> None:
    folder = {"RUNNER_HOME": str(tmp_path / "home"), "RUNNER_KEY_FILE": str(tmp_path / "k" / "key")}
    settings = Settings.load({**folder, "RUNNER_DATABASE_URL": address.server}, tmp_path)
    runner = build(settings)
    runner.vault.create()
    again = build(settings)
    assert again.vault.trail().verify().bad_row is None
    assert not (settings.home / "runner.db").exists()
    for one in (runner, again):
        one.store.engine.dispose()


def test_a_newer_database_is_refused(address: Address) -> None:
    engine = open_database(address)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'x' || version_num"))
    engine.dispose()
    with pytest.raises(EnvironmentUnfit, match="newer runner"):
        open_database(address)


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://postgres:{SECRET}@/nowhere?host={{host}}",
        f"postgresql://ann:{SECRET}@127.0.0.1:1/runs",
        f"postgresql://ann:{SECRET}@/runs?host=/nowhere",
        f"postgresql://ann:{SECRET}@127.0.0.1:1/runs?nonsense=1",
    ],
)
def test_one_that_cannot_be_had_is_told_in_one_line_without_its_password(
    postgres: str, url: str
) -> None:
    host = postgres.partition("host=")[2]
    with pytest.raises(EnvironmentUnfit, match="cannot be used: ") as caught:
        open_database(Address.of(url.replace("{host}", host)))
    assert SECRET not in f"{caught.value!r} {caught.value.hint}"
    assert "\n" not in caught.value.message
    assert caught.value.__suppress_context__


def test_without_the_driver_a_person_is_told_how_to_get_it(
    address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(EnvironmentUnfit, match="driver") as caught:
        open_database(address)
    assert "slotrunner[postgres]" in caught.value.hint


def test_an_engine_shows_no_password_and_gives_it_to_the_driver_alone(address: Address) -> None:
    secret = Address(server=address.server, hidden={"password": SECRET})
    engine = open_database(secret)  # the stand-in trusts whoever reaches its socket
    assert (
        SECRET
        not in f"{engine!r} {engine.url!r} {engine.url.render_as_string(hide_password=False)}"
    )
    assert driver_arguments(engine, secret)["password"] == SECRET
    engine.dispose()


def shown(engine: Engine, name: str) -> str:
    with engine.connect() as connection:
        return str(connection.execute(text(f"SHOW {name}")).scalar_one())


def test_nobody_waits_long_for_a_lock_or_holds_one_idly(address: Address) -> None:
    engine = open_database(address)
    assert shown(engine, "lock_timeout") == "12s"
    assert shown(engine, "idle_in_transaction_session_timeout") == "8s"
    assert "slotrunner" in shown(engine, "application_name")
    engine.dispose()


def test_what_the_url_says_goes_before_what_is_usual(address: Address) -> None:
    asked = f"{address.server}&application_name=mine&options=-c%20lock_timeout%3D50"
    engine = open_database(Address.of(asked))
    assert (shown(engine, "application_name"), shown(engine, "lock_timeout")) == ("mine", "50ms")
    with engine.begin() as first, engine.connect() as second:
        first.execute(text("LOCK TABLE runs"))
        with pytest.raises(OperationalError, match="lock timeout"):
            second.execute(text("SELECT count(*) FROM runs"))
    engine.dispose()


@pytest.fixture
def locked() -> Iterator[Address]:
    """Give a server's database that lets nobody in without a password."""
    with running_cluster() as cluster:
        plain = cluster.url
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(f"CREATE ROLE keeper SUPERUSER LOGIN PASSWORD '{SECRET}'")
            rules = cluster.folder / "cluster" / "pg_hba.conf"
            rules.write_text(f"local all keeper scram-sha-256\n{rules.read_text('utf-8')}", "utf-8")
            connection.execute("SELECT pg_reload_conf()")
        asked = plain.replace(f"{OWNER}@", f"keeper:{quote(SECRET)}@")
        yield Address.of(asked)


@pytest.mark.slow
def test_the_worker_beside_a_server_gets_its_password_and_no_one_else_sees_it(
    locked: Address, tmp_path: Path
) -> None:
    named = locked.server.replace("keeper@", f"keeper:{quote(SECRET)}@")
    folders = {name: str(tmp_path) for name in ("RUNNER_HOME", "HOME", "XDG_CONFIG_HOME")}
    environment = {"PATH": os.environ["PATH"], **folders, "RUNNER_DATABASE_URL": named}
    port, second = map(str, free_ports())
    where = ["serve", "--no-input", "--port", port, "--artifacts-port", second]
    engine = open_database(locked)
    with started([sys.executable, "-c", PROGRAM, *where], env=environment) as serving:
        ends = time.monotonic() + 100
        while not (there := Waiting(engine).workers()):
            assert time.monotonic() < ends
            assert serving.poll() is None
            time.sleep(0.2)
        place = Path(f"/proc/{there[0].pid}")
        command = (place / "cmdline").read_bytes()
        inherited = (place / "environ").read_bytes()
        mine = Path(f"/proc/{serving.pid}/environ").read_bytes()
    engine.dispose()
    assert b"worker" in command
    assert SECRET.encode() not in command + inherited
    # The reader finds it where it is.
    assert quote(SECRET).encode() in mine


def test_a_password_is_handed_over_in_a_file_that_libpq_takes(locked: Address) -> None:
    given = {"PATH": "/bin", "PGPASSWORD": SECRET}
    with handed_over(locked, given) as (environment, (descriptor,)):
        assert SECRET not in environment.values()
        mode = os.fstat(descriptor).st_mode
        assert (stat.S_ISREG(mode), stat.S_IMODE(mode)) == (True, 0o600)
        with psycopg.connect(locked.server, passfile=environment["PGPASSFILE"]) as connection:
            row = connection.execute("SELECT current_user").fetchone()
    assert row == ("keeper",)
    with pytest.raises(psycopg.OperationalError, match="no password"):
        psycopg.connect(locked.server, passfile="/dev/null")


def test_what_cannot_be_handed_over_is_refused() -> None:
    address = Address(server="postgresql://h/d", hidden={"sslpassword": SECRET})
    with pytest.raises(EnvironmentUnfit) as refused, handed_over(address, {}):
        pass
    assert SECRET not in str(refused.value)
