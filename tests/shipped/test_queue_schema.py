"""The tables of the queue are the same wherever the migration makes them."""

from __future__ import annotations

import tomllib
from hashlib import sha256
from pathlib import Path

from packaging.requirements import Requirement
from procrastinate.schema import SchemaManager

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
# Another schema is for a migration of its own: docs/decisions/0040.
DIGEST = "c70ec4b400a60ad9592787653aae5ae77ae41bf801d56b5bd2712751a07f2009"


def test_the_installed_schema_is_the_one_that_the_migration_was_written_for() -> None:
    assert sha256(SchemaManager.get_schema().encode()).hexdigest() == DIGEST


def test_no_later_minor_version_is_installed() -> None:
    named = [
        *PROJECT["project"]["optional-dependencies"]["postgres"],
        *(one for one in PROJECT["dependency-groups"]["dev"] if isinstance(one, str)),
    ]
    ranges = [found.specifier for found in map(Requirement, named) if found.name == "procrastinate"]
    assert len(ranges) == 2
    for taken in ranges:
        assert taken.contains("3.10.0")
        assert not taken.contains("3.11.0")
