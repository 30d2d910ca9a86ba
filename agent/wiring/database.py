"""The one database of a runner: its engine, and the migrations of both stores in it.

A file of the data folder, as security.md 2.5 asks: WAL, full synchronisation, secure deletion,
nothing temporary on disk, file mode 0600 from its first moment. Or a PostgreSQL database, for many
machines: ``agent.wiring.server``.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, event, inspect, text
from sqlalchemy.exc import DatabaseError

from agent.errors import EnvironmentUnfit
from agent.registry import Table
from agent.runs.address import Address
from agent.runs.tables import REVISION as RUNS_REVISION
from agent.vault.tables import REVISION as VAULT_REVISION
from agent.wiring.marks import ARRIVED, check_mark, read_mark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from sqlite3 import Connection as SQLiteConnection

    from sqlalchemy import Connection, Engine

HEADS = frozenset({VAULT_REVISION, RUNS_REVISION})

PRAGMAS = (
    "busy_timeout = 10000",
    "journal_mode = WAL",
    "synchronous = FULL",
    "secure_delete = ON",
    "foreign_keys = ON",
    "trusted_schema = OFF",
    "temp_store = MEMORY",
)

# Alembic costs a third of a second to import and is needed only when the schema is not current.
_MIGRATION: Table[Callable[[Engine], None]] = Table(
    "agent.wiring", {"upgrade": "migrations.upgrade:upgrade"}
)
# A runner of one machine needs nothing of PostgreSQL's.
_SERVER: Table[Callable[[Address], Engine]] = Table("agent.wiring", {"open": "server:open_server"})


def open_database(where: Path | Address) -> Engine:
    """Open a database, its schema current; a file is made where there is none.

    Raises ``EnvironmentUnfit`` when the folder cannot be written or the server be reached, the file
    is no intact database, its schema is newer than this program, or it was moved elsewhere.
    """
    address = where if isinstance(where, Address) else Address(where)
    engine = connect(address)
    try:
        with translated(address):
            with engine.connect() as connection:
                check_mark(read_mark(connection), address)
                current = revisions_in(connection) == HEADS
            if not current:
                _MIGRATION["upgrade"](engine)
    except EnvironmentUnfit:
        engine.dispose()
        raise
    return engine


def connect(address: Address) -> Engine:
    """Make the engine of a database, whatever is in it; a file is made where there is none."""
    return _SERVER["open"](address) if address.path is None else _open_file(address.path)


@contextmanager
def translated(address: Address) -> Iterator[None]:
    """Turn what a database says into one line of ours that names it."""
    try:
        yield
    except DatabaseError as error:
        raise _unfit(address, error) from None


def _open_file(path: Path) -> Engine:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _create(path)
    except OSError as error:
        raise EnvironmentUnfit(
            f"{path}: {error.strerror}", hint="name another data folder: RUNNER_HOME=…"
        ) from None
    engine = create_engine(f"sqlite:///{path}", hide_parameters=True)
    event.listen(engine, "connect", _configure)
    return engine


def is_current(engine: Engine) -> bool:
    """Tell whether it can be used as it is, not moved and its schema this program's; one look."""
    with engine.connect() as connection:
        mark = read_mark(connection)
        return revisions_in(connection) == HEADS and (mark is None or mark.state == ARRIVED)


def _unfit(address: Address, error: DatabaseError) -> EnvironmentUnfit:
    said = str(error.orig).strip().partition("\n")[0]
    if address.path is None:
        hint = "is the server up, the database made, and may this user in? See docs/database.md"
    else:
        hint = "put the data folder back from a backup, or name another: RUNNER_HOME=…"
    return EnvironmentUnfit(f"{address} cannot be used: {address.without_secrets(said)}", hint=hint)


def _create(path: Path) -> None:
    """Make an absent file with mode 0600; one that is there is not opened.

    Closing any descriptor of a file drops all locks this process has on it, those of SQLite's own
    connections included: opening an existing database here could damage it.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _configure(connection: SQLiteConnection, _record: object) -> None:
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def revisions_in(connection: Connection) -> frozenset[str]:
    """Tell which migrations a database has seen; none for one that is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return frozenset()
    rows = connection.execute(text("SELECT version_num FROM alembic_version"))
    return frozenset(row[0] for row in rows)
