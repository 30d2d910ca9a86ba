from __future__ import annotations

import importlib.util
import time
from pathlib import Path
from typing import TYPE_CHECKING

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import create_engine, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.pool import StaticPool

from agent.runs import tables

if TYPE_CHECKING:
    from types import ModuleType

FOLDER = Path(tables.__file__).parent / "migrations" / "versions"


def migration() -> ModuleType:
    spec = importlib.util.spec_from_file_location("runs0001", FOLDER / "0001_runs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_migration_makes_exactly_the_tables_that_the_store_uses() -> None:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    with engine.begin() as connection:
        context = MigrationContext.configure(connection)
        with Operations.context(context):
            migration().upgrade()
            assert compare_metadata(context, tables.metadata) == []
            migration().downgrade()
        assert compare_metadata(context, tables.metadata) != []
    engine.dispose()


def test_the_migration_is_the_revision_that_the_tables_name() -> None:
    assert migration().revision == tables.REVISION


def test_the_database_clock_is_unix_time_to_the_millisecond() -> None:
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        assert abs(connection.execute(select(tables.database_now())).scalar_one() - time.time()) < 2
    engine.dispose()


def test_the_database_clock_is_known_to_postgresql_too() -> None:
    statement = str(select(tables.database_now()).compile(dialect=postgresql.dialect()))
    assert "clock_timestamp()" in statement
