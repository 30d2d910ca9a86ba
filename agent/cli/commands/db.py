"""``runner db``."""

from __future__ import annotations

from agent.cli.db import DB_COMMANDS, SUMMARIES
from agent.cli.lazy import LazyGroup

db = LazyGroup(
    "db",
    table=DB_COMMANDS,
    summaries=SUMMARIES,
    help="""Look after the database: its schema, and moving it to PostgreSQL.

    It is runner.db in the data folder, or what RUNNER_DATABASE_URL names. See docs/database.md.
    """,
)
