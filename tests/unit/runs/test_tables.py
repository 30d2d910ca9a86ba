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


def migrations() -> list[ModuleType]:
    """Every revision, the first one first."""
    found = []
    for path in sorted(FOLDER.glob("[0-9]*.py")):
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        found.append(module)
    return found


def test_the_migrations_make_exactly_the_tables_that_the_store_uses() -> None:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    made = migrations()
    with engine.begin() as connection:
        context = MigrationContext.configure(connection)
        with Operations.context(context):
            for one in made:
                one.upgrade()
            assert compare_metadata(context, tables.metadata) == []
            for one in reversed(made):
                one.downgrade()
        assert compare_metadata(context, tables.metadata) != []
    engine.dispose()


def test_the_revisions_are_one_line_that_ends_where_the_tables_stand() -> None:
    made = migrations()
    assert [one.down_revision for one in made] == [None, *(one.revision for one in made[:-1])]
    assert made[-1].revision == tables.REVISION


def test_the_database_clock_is_unix_time_to_the_millisecond() -> None:
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        assert abs(connection.execute(select(tables.database_now())).scalar_one() - time.time()) < 2
    engine.dispose()


def test_the_database_clock_is_known_to_postgresql_too() -> None:
    statement = str(select(tables.database_now()).compile(dialect=postgresql.dialect()))
    assert "clock_timestamp()" in statement
