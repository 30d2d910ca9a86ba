"""The migration builds what ``tables.py`` describes."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import create_engine

import agent.vault
from agent.vault.tables import REVISION

if TYPE_CHECKING:
    from sqlalchemy import Engine

VERSIONS = Path(agent.vault.__file__).parent / "migrations" / "versions"


def schema(engine: Engine) -> dict[str, str]:
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_schema WHERE sql NOT NULL")
        return {name: " ".join(sorted(sql.replace(",", " ").split())) for name, sql in rows}


def migration() -> Any:
    spec = spec_from_file_location("first", VERSIONS / "0001_vault.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_newest_revision_is_the_one_the_tables_name() -> None:
    assert migration().revision == REVISION
    assert migration().branch_labels == ("vault",)
    assert migration().down_revision is None


def test_the_migration_makes_the_tables_and_takes_them_away(engine: Engine) -> None:
    migrated = create_engine("sqlite://")
    with migrated.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        migration().upgrade()
    assert schema(migrated) == schema(engine)
    with migrated.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        migration().downgrade()
    assert schema(migrated) == {}
    migrated.dispose()
