"""What a run costs must not grow with the runs that have ended: each statement of it uses an index."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, text

from agent.runs.address import Address
from agent.runs.events import CANCEL_ASKED
from agent.runs.limit_store import Limit
from agent.runs.listing import Wanted
from agent.runs.run import Terms
from agent.runs.states import State
from agent.runs.store import RunStore
from agent.runs.waiting import Waiting
from agent.runs.why_waiting import why_waiting
from agent.wiring.database import open_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

ENDED = """
WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 2000)
INSERT INTO runs (id, task, state, serial_key, params, created_at, lease_until, sites)
SELECT printf('%036d', n), 'old', 'succeeded', 'login', '{}', n, n, ' https://a.example ' FROM c
"""
OF_THOSE_THAT_GO_ON = "one_running_per_key|runs_waiting|runs_labelled|runs_going|runs_in_line"
ONE = r"SEARCH \w+ USING (COVERING )?INDEX \w+ \((id|idem_key)=\?\)"
FEW = rf"(SEARCH|SCAN) \w+ USING (COVERING )?INDEX ({OF_THOSE_THAT_GO_ON})\b"
IN_A_STATE = r"SEARCH \w+ USING INDEX runs_by_state \(project=\? AND state=\?\)"
RUNS = re.compile(r"(SEARCH|SCAN) runs(_\d+)?\b")
CHEAP = re.compile("|".join((ONE, FEW, IN_A_STATE)))
SITE = " https://a.example "


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A database in which many runs have ended, and whose planner knows that they are many."""
    engine = open_database(Address(tmp_path / "runner.db"))
    with engine.begin() as connection:
        connection.execute(text(ENDED))
        connection.execute(text("ANALYZE"))
    yield engine
    engine.dispose()


def whole_run(engine: Engine) -> None:
    """Do everything that is done with the store from a run's order to its end and after it."""
    store, waiting = RunStore(engine), Waiting(engine)
    store.limits.put(Limit("https://a.example", concurrency=3, per_minute=60, burst=5))
    run, other = (store.add("new", "{}", Terms("login", sites=SITE)) for _ in range(2))
    assert [one.id for one in waiting.due(5)] == [run.id, other.id]
    assert store.wait(run.id, "worker") == []
    claim = store.claim(run.id, "worker")
    assert claim is not None
    assert store.claim(other.id, "worker") is None
    assert [one.id for one in store.wait(other.id, "worker")] == [run.id]
    assert why_waiting(engine, store.get(other.id)).startswith(f"run {run.id[:8]}")
    assert waiting.lag()[0] == 1
    assert store.step_started(claim, 0, "first")
    assert store.told(claim, [(CANCEL_ASKED, {})])
    assert store.renew(claim)
    assert not store.cancel_asked(claim)
    assert store.so_far(claim, "{}")
    assert store.sweep() == []
    assert [one.running for one in store.limits.list()] == [1]
    assert [one.id for one in store.active()] == [run.id, other.id]
    assert store.newest_events([run.id])[run.id] == len(store.events(run.id))
    assert store.finish(claim, State.SUCCEEDED, "passed", "{}")
    assert store.cancel(other.id) is State.CANCELLED
    assert store.page(Wanted(state="cancelled")).items[0].id == other.id
    assert store.retell(run.id, "{}", "[]")
    assert store.exists(run.id)
    assert store.remove(run.id)


def costly(engine: Engine) -> list[str]:
    """Give the statements of a run that look at runs which have ended, with how they do."""
    said: dict[str, Any] = {}

    def hear(_connection: Any, _cursor: Any, statement: str, values: Any, *_more: Any) -> None:
        said.setdefault(statement, values)

    event.listen(engine, "before_cursor_execute", hear)
    whole_run(engine)
    event.remove(engine, "before_cursor_execute", hear)
    with engine.connect() as connection:
        plans = {
            statement: connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
            for statement, values in said.items()
            if "runs" in statement
        }
    assert len(plans) > 20  # noqa: PLR2004
    by_all_waiting = [
        f"not by its login: {statement}"
        for statement, plan in plans.items()
        if "serial_key = " in statement and not any("(serial_key=?)" in row[3] for row in plan)
    ]
    lines = [(statement, row[3]) for statement, plan in plans.items() for row in plan]
    return by_all_waiting + [
        f"{line}: {statement}"
        for statement, line in lines
        if RUNS.match(line) and not CHEAP.match(line)
    ]


def test_no_statement_of_a_run_looks_at_the_runs_that_have_ended(engine: Engine) -> None:
    assert costly(engine) == []


@pytest.mark.parametrize("index", ["runs_going", "runs_in_line", "runs_by_state"])
def test_that_an_index_is_missing_is_noticed(engine: Engine, index: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(f"DROP INDEX {index}"))
    assert costly(engine) != []
