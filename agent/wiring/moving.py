"""From the file of one machine into a PostgreSQL database, with everything, or not at all.

The file counts until it is marked as left, and the new database cannot be opened before that. In
between, whatever is cut short is done again by the same command:

1. the file is held, so that nobody writes to it; 2. one transaction of the new database takes every
row, reads each back, and marks it as arriving; 3. the file is marked as left, and takes no row any
more, from processes neither that have it open; 4. the new database is marked as arrived.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from socket import gethostname
from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy import func, select

from agent.errors import UsageError
from agent.runs.rows import is_running
from agent.runs.tables import database_now, runs, worker
from agent.runs.waiting import SILENT
from agent.wiring.copying import (
    TABLES,
    compare_rows,
    copy_rows,
    count_rows,
    empty_tables,
    hold_tables,
)
from agent.wiring.database import connect, open_database, translated
from agent.wiring.marks import (
    ARRIVED,
    ARRIVING,
    LEFT,
    Mark,
    change_mark,
    check_mark,
    drop_mark,
    put_mark,
    read_mark,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sqlalchemy import Connection, Engine

    from agent.runs.address import Address

_LEFT_BEHIND = "this database was moved"


def _nobody(_point: str) -> None:
    """Look at no point a move goes through."""


@dataclass(frozen=True, slots=True)
class Move:
    """One move; ``passing`` is told of every point it goes through."""

    source: Address
    target: Address
    passing: Callable[[str], None] = _nobody

    def carry_out(self) -> Mapping[str, int]:
        """Move everything, or finish a move that was cut short; gives the rows of each table.

        Raises ``UsageError`` where runs or workers are active or the target is not empty, and
        ``EnvironmentUnfit`` where one of the two cannot be used.
        """
        if self.source.path is None or not self.source.path.exists():
            raise UsageError(
                f"there is no file to move: the database is {self.source}",
                hint="runner db status; the target is named by --to, not by RUNNER_DATABASE_URL",
            )
        if self.target.path is not None:
            raise UsageError(f"{self.target} is no PostgreSQL database", hint="--to postgresql://…")
        with _open(self.source) as source, _open(self.target) as target:
            with source.connect() as connection:
                mark = read_mark(connection)
            if mark is not None and mark.state == LEFT:
                return self._finish(source, target, mark)
            return self._move(source, target)

    def _move(self, source: Engine, target: Engine) -> Mapping[str, int]:
        open_database(self.source).dispose()
        with translated(self.source), source.connect() as held:
            held.exec_driver_sql("BEGIN IMMEDIATE")
            refuse_busy(held)
            self.passing("held")
            mark = Mark(str(uuid4()), ARRIVING, self._whence)
            with translated(self.target):
                counts = self._copy(held, target, mark)
            self.passing("copied")
            put_mark(held, Mark(mark.id, LEFT, str(self.target)))
            _close(held)
            held.commit()
        self.passing("left")
        self._arrive(target)
        return counts

    def _copy(self, held: Connection, target: Engine, mark: Mark) -> Mapping[str, int]:
        with target.connect() as connection:
            there = read_mark(connection)
        if there is None:
            open_database(self.target).dispose()
        with target.begin() as connection:
            hold_tables(connection)
            self._empty(connection)
            put_mark(connection, mark)
            counts = copy_rows(held, connection, lambda table: self.passing(f"copied {table}"))
            self.passing("compared")
        return counts

    def _empty(self, connection: Connection) -> None:
        """Refuse a database in use; take out what a move of this file left that was cut short."""
        mark = read_mark(connection)
        if mark is not None and (mark.state, mark.other) == (ARRIVING, self._whence):
            empty_tables(connection)
            drop_mark(connection)
        elif mark is not None or any(count_rows(connection).values()):
            raise UsageError(
                f"{self.target} is not empty", hint="name one that is: createdb makes one"
            )

    @property
    def _whence(self) -> str:
        # Two machines may have a file of one name.
        return f"{gethostname()}:{self.source}"

    def _finish(self, source: Engine, target: Engine, mark: Mark) -> Mapping[str, int]:
        """Finish a move whose file was marked already."""
        with translated(self.target), target.connect() as connection:
            there = read_mark(connection)
        if there is None or there.id != mark.id or there.state != ARRIVING:
            check_mark(mark, self.source)
        with source.connect() as old, translated(self.target), target.connect() as new:
            compare_rows(old, new)
            counts = count_rows(old)
        self._arrive(target)
        return counts

    def _arrive(self, target: Engine) -> None:
        with translated(self.target), target.begin() as connection:
            change_mark(connection, ARRIVED)
        self.passing("arrived")


@contextmanager
def _open(address: Address) -> Iterator[Engine]:
    engine = connect(address)
    try:
        yield engine
    finally:
        engine.dispose()


def refuse_busy(connection: Connection) -> None:
    """Raise ``UsageError`` while runs go on in a database, or workers are at it."""
    count = partial(select, func.count())
    going = count().select_from(runs).where(is_running())
    alive = count().select_from(worker).where(worker.c.seen_at > database_now() - SILENT)
    if connection.execute(going).scalar_one():
        raise UsageError("runs go on in this database", hint="wait for them, or runner runs cancel")
    if connection.execute(alive).scalar_one():
        raise UsageError(
            "workers are at this database", hint="stop them: runner workers list shows where"
        )


def _close(connection: Connection) -> None:
    """Have the file take no row any more, whoever has it open."""
    for table in TABLES:
        for change in ("INSERT", "UPDATE", "DELETE"):
            connection.exec_driver_sql(
                f"CREATE TRIGGER left_{table.name}_{change.lower()} BEFORE {change} "
                f"ON {table.name} BEGIN SELECT RAISE(ABORT, '{_LEFT_BEHIND}'); END"
            )


def refuse_password(target: Address) -> None:
    """Refuse a URL with a password from a command line, which others can read."""
    if target.hidden:
        raise UsageError(
            "a password stands in the URL, where everybody on this machine can read it",
            hint="use a password file (PGPASSFILE) or PGPASSWORD, and change the one given here",
        )
