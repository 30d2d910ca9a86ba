"""The one database of a data folder: its engine, and the migrations of both stores in it.

SQLite as security.md 2.5 asks: WAL, full synchronisation, secure deletion, nothing temporary on
disk, file mode 0600 from its first moment.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, event, inspect, text

from agent.errors import EnvironmentUnfit
from agent.registry import Table
from agent.runs.tables import REVISION as RUNS_REVISION
from agent.vault.tables import REVISION as VAULT_REVISION

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from sqlite3 import Connection as SQLiteConnection

    from sqlalchemy import Engine

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


def open_database(path: Path) -> Engine:
    """Open the SQLite file at ``path``, made if absent, with its schema current.

    Raises ``EnvironmentUnfit`` when the folder cannot be written or the schema is newer than
    this program.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise EnvironmentUnfit(
            f"{path}: {error.strerror}", hint="name another data folder: RUNNER_HOME=…"
        ) from None
    engine = create_engine(f"sqlite:///{path}", hide_parameters=True)
    event.listen(engine, "connect", _configure)
    if _revisions(engine) != HEADS:
        _MIGRATION["upgrade"](engine)
    return engine


def _configure(connection: SQLiteConnection, _record: object) -> None:
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _revisions(engine: Engine) -> frozenset[str]:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return frozenset()
        rows = connection.execute(text("SELECT version_num FROM alembic_version"))
        return frozenset(row[0] for row in rows)
