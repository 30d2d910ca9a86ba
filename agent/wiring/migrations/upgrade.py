"""Bring a database's schema to this program's, forward only."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import text

from agent import runs, vault
from agent.errors import EnvironmentUnfit

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

# One key for all runners, whatever their version: the letters of "slotrunn".
_LOCK = 0x736C6F7472756E6E


def upgrade(engine: Engine, to: str = "heads") -> None:
    """Run the migrations of the vault and of the runs that this database has not seen yet.

    They are one transaction, so that a kill leaves the schema as it was. Many may do so at once:
    each waits for the one before, and finds its work done.
    Raises ``EnvironmentUnfit`` when the database was written by a newer program.
    """
    versions = [Path(package.__path__[0]) / "migrations" / "versions" for package in (vault, runs)]
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(str(path) for path in versions))
    with engine.begin() as connection:
        _alone(connection)
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, to)
        except CommandError:
            raise EnvironmentUnfit(
                "the database was written by a newer runner than this one",
                hint="upgrade slotrunner, or name another data folder: RUNNER_HOME=…",
            ) from None


def _alone(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        # The driver opens no transaction for a change of the schema by itself.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        # A migration may take longer than a transaction of every day.
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        connection.execute(text("SET LOCAL application_name = 'slotrunner'"))
        connection.execute(text("SET LOCAL lock_timeout = '120s'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
