"""Sessions in which nobody goes on are ended, and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from agent.executors import silent
from agent.executors.silent import end_silent

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.integration.queue.conftest import Ground


def begun(connection: Connection, *settings: str) -> Connection:
    """Begin a transaction that the server itself would let stand."""
    for setting in ("idle_in_transaction_session_timeout = 0", *settings):
        connection.execute(text(f"SET LOCAL {setting}"))
    connection.execute(text("SELECT 1 FROM runs"))
    return connection


def test_who_stands_still_in_a_transaction_loses_it_and_nobody_else_does(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = ground.runner.store.engine
    with engine.connect() as frozen, engine.connect() as moving, engine.connect() as idle:
        begun(frozen)
        begun(moving, "application_name = 'slotrunner'")
        idle.execute(text("SELECT 1"))
        idle.commit()
        assert end_silent(engine) == 0
        monkeypatch.setattr(silent, "SILENT", 0.0)
        assert end_silent(engine) == 1
        with pytest.raises(DBAPIError, match="terminating connection"):
            frozen.execute(text("SELECT 1"))
        for other in (moving, idle):
            assert other.execute(text("SELECT 1")).scalar_one() == 1
