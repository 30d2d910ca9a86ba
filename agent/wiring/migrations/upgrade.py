"""Bring a database's schema to this program's, forward only."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError

from agent import runs, vault
from agent.errors import EnvironmentUnfit

if TYPE_CHECKING:
    from sqlalchemy import Engine


def upgrade(engine: Engine) -> None:
    """Run the migrations of the vault and of the runs that this database has not seen yet.

    Raises ``EnvironmentUnfit`` when the database was written by a newer program.
    """
    versions = [Path(package.__path__[0]) / "migrations" / "versions" for package in (vault, runs)]
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(str(path) for path in versions))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "heads")
        except CommandError:
            raise EnvironmentUnfit(
                "the data folder was written by a newer runner than this one",
                hint="upgrade slotrunner, or name another data folder: RUNNER_HOME=…",
            ) from None
