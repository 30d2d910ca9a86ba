"""Transactions of processes that stand still, on PostgreSQL: ended, so that nobody waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy import Engine

SILENT: Final = 9.0
"""Seconds after which nobody goes on with a transaction."""
# Of ours alone, and of this role. What moves or migrates a database takes its time, and has
# another name while it does.
_ENDED: Final = text("""
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user
      AND application_name LIKE 'slotrunner %/%' AND state LIKE 'idle in transaction%'
      AND state_change < clock_timestamp() - make_interval(secs => :silent)
""")


def end_silent(engine: Engine) -> int:
    """End what was begun and not gone on with for ``SILENT`` seconds; gives how many there were.

    A worker that is frozen within a transaction keeps the row of its run locked. The server ends
    such a session by itself (``idle_in_transaction_session_timeout``), but was seen not to.
    """
    with engine.connect() as connection:
        return int(connection.execute(_ENDED, {"silent": SILENT}).scalar_one())
