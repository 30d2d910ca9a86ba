"""Rows of every table from one database into another, each compared with what it was."""

from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, insert, select, text, tuple_
from sqlalchemy.exc import SQLAlchemyError

from agent.errors import EnvironmentUnfit
from agent.runs.tables import metadata as runs_metadata
from agent.vault.tables import metadata as vault_metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sqlalchemy import Connection, RowMapping, Table

TABLES: Final[Sequence[Table]] = (*vault_metadata.sorted_tables, *runs_metadata.sorted_tables)
"""Every table, one that is pointed to before those that point to it."""
_NAMES: Final = ", ".join(table.name for table in TABLES)
_BATCH: Final = 500


def count_rows(connection: Connection) -> dict[str, int]:
    """Count the rows of every table."""
    return {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in TABLES
    }


def copy_rows(
    source: Connection, target: Connection, passing: Callable[[str], None] = lambda _table: None
) -> dict[str, int]:
    """Copy every row into tables that are empty, and read each back; gives how many there were.

    Raises ``EnvironmentUnfit`` for a row that cannot be kept or is not what it was.
    """
    counts = {}
    for table in TABLES:
        copied = 0
        rows = source.execute(select(table).execution_options(yield_per=_BATCH)).mappings()
        for batch in rows.partitions():
            _put(target, table, batch)
            _compare(target, table, batch)
            copied += len(batch)
        _check_count(target, table, copied)
        counts[table.name] = copied
        passing(table.name)
    return counts


def replace_rows(source: Connection, target: Connection) -> None:
    """Put the rows of another database in the place of a PostgreSQL database's own."""
    hold_tables(target)
    empty_tables(target)
    copy_rows(source, target)


def hold_tables(connection: Connection) -> None:
    """Keep everybody else out of a PostgreSQL database's tables until the transaction is over."""
    connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    connection.execute(text("SET LOCAL application_name = 'slotrunner'"))
    connection.execute(text(f"LOCK TABLE {_NAMES} IN ACCESS EXCLUSIVE MODE"))


def empty_tables(connection: Connection) -> None:
    """Take every row out of a PostgreSQL database; what keeps rows from being deleted is passed."""
    connection.execute(text(f"TRUNCATE {_NAMES}"))


def compare_rows(source: Connection, target: Connection) -> None:
    """Compare every row of two databases. Raises ``EnvironmentUnfit`` where one differs."""
    for table in TABLES:
        compared = 0
        rows = source.execute(select(table).execution_options(yield_per=_BATCH)).mappings()
        for batch in rows.partitions():
            _compare(target, table, batch)
            compared += len(batch)
        _check_count(target, table, compared)


def digest(row: Mapping[Any, Any]) -> bytes:
    """Give the SHA-256 of a row, its columns in the order of their names, types included."""
    summed = hashlib.sha256()
    for name in sorted(row):
        for part in (name.encode(), *_written(row[name])):
            summed.update(len(part).to_bytes(8, "big") + part)
    return summed.digest()


def _written(value: object) -> tuple[bytes, bytes]:
    if isinstance(value, float):
        return b"float", struct.pack(">d", value)
    if isinstance(value, bytes):
        return b"bytes", value
    return type(value).__name__.encode(), str(value).encode("utf-8", "surrogatepass")


def _put(target: Connection, table: Table, batch: Sequence[RowMapping]) -> None:
    try:
        target.execute(insert(table), [dict(row) for row in batch])
    except (SQLAlchemyError, UnicodeError) as error:
        # The rest of a driver's message quotes the row.
        line = str(getattr(error, "orig", None) or type(error).__name__).partition("\n")[0]
        raise EnvironmentUnfit(
            f"a row of {table.name} cannot be kept there: {line}",
            hint="nothing was changed; please report it, with this line: see CONTRIBUTING.md",
        ) from None


def _compare(target: Connection, table: Table, batch: Sequence[RowMapping]) -> None:
    keys = list(table.primary_key.columns)
    wanted = [tuple(row[key.name] for key in keys) for row in batch]
    found = target.execute(select(table).where(tuple_(*keys).in_(wanted))).mappings().all()
    if _digests(batch) != _digests(found):
        raise _differs(table)


def _digests(rows: Iterable[RowMapping]) -> set[bytes]:
    return {digest(row) for row in rows}


def _check_count(target: Connection, table: Table, expected: int) -> None:
    if target.execute(select(func.count()).select_from(table)).scalar_one() != expected:
        raise _differs(table)


def _differs(table: Table) -> EnvironmentUnfit:
    return EnvironmentUnfit(
        f"the rows of {table.name} are not the same in both databases",
        hint="the one that counts was not changed; look at both with runner db status",
    )
