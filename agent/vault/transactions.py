"""Reading and writing the vault's tables, with the database's errors made ours.

A database's error can quote the statement and its parameters, so it is cut off here and only its
driver's one line is kept.
"""

from __future__ import annotations

from contextlib import contextmanager
from sqlite3 import Error as SQLiteError
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select, update
from sqlalchemy.exc import DatabaseError, DataError, DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from agent.errors import RunnerError, SecretError, UsageError, VaultDamaged
from agent.vault.tables import vault_meta

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import Connection, Engine, RowMapping, Select

_AFTERWARDS: Final = "agent.vault.afterwards"


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open a connection to read from: all that is read is of one moment.

    Raises ``SecretError`` or ``VaultDamaged``.
    """
    with translated(), engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            # The driver opens no transaction for a SELECT, and two of them could then see two
            # states of the vault.
            connection.exec_driver_sql("BEGIN")
        else:
            # Elsewhere each statement would see what was committed before it.
            connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that alone may write to the vault; committed when the block ends.

    Its first statement takes SQLite's write lock (on PostgreSQL, the vault row's), so what is
    read inside still holds when it is written back. What ``afterwards`` was told runs once the
    transaction is kept. Nobody is asked for anything inside, since others wait meanwhile; but once
    for a key, where another process has made a new root key.
    """
    with translated(), engine.begin() as connection:
        connection.info.pop(_AFTERWARDS, None)
        _alone(connection)
        yield connection
        todo = connection.info.pop(_AFTERWARDS, None)
    if todo is not None:
        todo()


def _alone(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.execute(update(vault_meta).values(format=vault_meta.c.format))
    elif connection.execute(select(vault_meta.c.vault_id).with_for_update()).first() is None:
        # There is no vault yet, and of two that are being made at once one must find the other.
        connection.exec_driver_sql("LOCK TABLE vault_meta IN SHARE ROW EXCLUSIVE MODE")


def afterwards(connection: Connection, todo: Callable[[], None]) -> None:
    """Have ``todo`` called after the commit of this transaction; the last one given counts."""
    connection.info[_AFTERWARDS] = todo


def fetch(connection: Connection, statement: Select[Any]) -> Sequence[RowMapping]:
    """Run a query; raises ``VaultDamaged`` when a column holds something of another type."""
    try:
        return connection.execute(statement).mappings().all()
    except (TypeError, ValueError, OverflowError):
        raise VaultDamaged(
            "a column of the vault holds something of another type", hint=DAMAGED_HINT
        ) from None


def truncate_log(engine: Engine) -> None:
    """Empty SQLite's write-ahead log, where bytes of what was just shredded still stand.

    Where a reader holds the log back, the next call or the last closed connection empties it.
    """
    if engine.dialect.name == "sqlite":
        with translated(), engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").close()


class DatabaseAway(SecretError):
    """The server of the database does not answer; asked again later it may."""

    code = "database_away"


def is_away(error: Exception) -> bool:
    """Tell whether a database error means that its server is not there, or sent us away."""
    if isinstance(error, NoConnectionFree):
        return True
    if not isinstance(error, DBAPIError) or isinstance(error.orig, SQLiteError):
        return False
    state = getattr(error.orig, "sqlstate", None) or ""
    lost = isinstance(error, OperationalError) and not state
    return error.connection_invalidated or lost or state.startswith(_AWAY_STATES)


# Connection exceptions; too many connections; shutting down, crashed, or not up yet.
_AWAY_STATES: Final = ("08", "53300", "57P01", "57P02", "57P03")
AWAY_HINT: Final = "try again in a moment; runner db status asks the database"
DAMAGED_HINT: Final = (
    "restore the data folder from a backup; the damaged secret can be deleted and added"
)


@contextmanager
def translated() -> Iterator[None]:
    """Turn a database's error into ours (``said_by``), its text cut short."""
    try:
        yield
    except SQLAlchemyError as error:
        raise said_by(error) from None


def said_by(error: SQLAlchemyError) -> RunnerError:
    """Make our error of a database's; what it quotes of a row is left out."""
    # PostgreSQL goes on after its first line, and quotes a row there.
    line = str(getattr(error, "orig", None) or type(error).__name__).partition("\n")[0]
    if is_away(error):
        return DatabaseAway(f"the database does not answer: {line}", hint=AWAY_HINT)
    if isinstance(error, DataError):
        return UsageError(f"the database cannot keep what was given: {line}")
    # The drivers keep the plain class for "malformed" and "not a database".
    if type(error) is DatabaseError:
        return VaultDamaged(f"the database cannot be read: {line}", hint=DAMAGED_HINT)
    return SecretError(
        f"the database did not do it: {line}",
        hint="check that the database can be written, has room, and is not held up by others",
    )
