"""The migrations build what ``tables.py`` describes."""

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


def migrations() -> list[Any]:
    """Every revision, the first one first."""
    found = []
    for path in sorted(VERSIONS.glob("[0-9]*.py")):
        spec = spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        found.append(module)
    return found


def test_the_revisions_are_one_line_that_ends_where_the_tables_stand() -> None:
    made = migrations()
    assert [one.down_revision for one in made] == [None, *(one.revision for one in made[:-1])]
    assert made[0].branch_labels == ("vault",)
    assert made[-1].revision == REVISION


def test_the_migrations_make_the_tables_and_take_them_away(engine: Engine) -> None:
    migrated = create_engine("sqlite://")
    with migrated.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        for one in migrations():
            one.upgrade()
    assert schema(migrated) == schema(engine)
    with migrated.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        for one in reversed(migrations()):
            one.downgrade()
    assert schema(migrated) == {}
    migrated.dispose()
