"""A real vault in a real SQLite file, set up as `agent.wiring` sets it up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Never

import pytest
from sqlalchemy import create_engine, event

from agent.runs.address import Address
from agent.vault.backup import Rows
from agent.vault.keyslots.file import FileKey
from agent.vault.new_secret import NewSecret
from agent.vault.origin import OriginPolicy
from agent.vault.store import Vault
from agent.vault.tables import TRIGGERS, metadata
from agent.wiring.server import open_server
from tests.standins.postgres import EVERYWHERE, fresh_database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Engine

PRAGMAS = ("journal_mode = WAL", "synchronous = OFF", "secure_delete = ON", "foreign_keys = ON")


def _only_on_a_server(_source: object, _target: object) -> Never:
    raise AssertionError("rows are copied one by one only to and from a server")


ALONE: Final = Rows(_only_on_a_server, _only_on_a_server, lambda _connection: None)
"""How a file's copy is made where there are no runs and no workers."""
SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "data" / "slotrunner.db"


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture(scope="session")
def template(postgres: str) -> Iterator[str]:
    """A database with the vault's tables, to copy."""
    with fresh_database(postgres) as url:
        made = create_engine(url)
        metadata.create_all(made)
        made.dispose()
        yield str(made.url.database)


@pytest.fixture
def engine(database: Path, request: pytest.FixtureRequest) -> Iterator[Engine]:
    """The vault's tables: in a file, or on the server where ``TEST_DATABASE=postgresql``."""
    database.parent.mkdir()
    if EVERYWHERE:
        server, template = (request.getfixturevalue(name) for name in ("postgres", "template"))
        with fresh_database(server, template) as url:
            there = open_server(Address.of(url))
            yield there
            there.dispose()
        return
    made = create_engine(f"sqlite:///{database}", hide_parameters=True)

    @event.listens_for(made, "connect")
    def configure(connection: object, _record: object) -> None:
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]  # sqlite3's own

    metadata.create_all(made)
    yield made
    made.dispose()


@pytest.fixture
def vault(engine: Engine, keys: Path) -> Vault:
    return Vault(engine, FileKey(keys))


@pytest.fixture
def reopened(engine: Engine, keys: Path) -> Callable[[], Vault]:
    """A vault that has to read everything again, as the next process does."""
    return lambda: Vault(engine, FileKey(keys))


@pytest.fixture
def a_login() -> Callable[..., NewSecret]:
    def make(
        name: str = "Hotel admin",
        *,
        password: str = "correct horse",
        origins: tuple[str, ...] = ("https://hotel.example",),
    ) -> NewSecret:
        fields = {"username": "bob@hotel.example", "password": password, "totp": SEED}
        return NewSecret(name, "login", fields, OriginPolicy.parse(origins))

    return make


@pytest.fixture
def attack(engine: Engine) -> Callable[..., None]:
    """Write to the database as someone who has it but not the key; triggers do not hold them."""

    def run(*statements: str | tuple[str, dict[str, object]]) -> None:
        with engine.begin() as connection:
            for name, table in TRIGGERS:
                on = "" if connection.dialect.name == "sqlite" else f" ON {table}"
                connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}{on}")
            for statement in statements:
                text, values = (statement, {}) if isinstance(statement, str) else statement
                connection.exec_driver_sql(text, values)

    return run
