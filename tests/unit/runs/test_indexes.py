"""A run costs the same however many have ended: each of its statements uses an index."""

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

    from agent.runs.claim import Claim

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
    store = RunStore(engine)
    store.limits.put(Limit("https://a.example", concurrency=3, per_minute=60, burst=5))
    run, other = (store.add("new", "{}", Terms("login", sites=SITE)) for _ in range(2))
    claim = claimed(engine, run.id, other.id)
    carried_out(store, claim)
    assert [one.id for one in store.active()] == [run.id, other.id]
    assert store.finish(claim, State.SUCCEEDED, "passed", "{}")
    assert store.cancel(other.id) is State.CANCELLED
    looked_at(store, run.id, other.id)


def claimed(engine: Engine, run: str, other: str) -> Claim:
    """Claim a run that waits before another of its login."""
    store, waiting = RunStore(engine), Waiting(engine)
    assert [one.id for one in waiting.due(5)] == [run, other]
    assert store.wait(run, "worker") == []
    claim = store.claim(run, "worker")
    assert claim is not None
    assert store.claim(other, "worker") is None
    assert [one.id for one in store.wait(other, "worker")] == [run]
    assert why_waiting(engine, store.get(other)).startswith(f"run {run[:8]}")
    assert waiting.lag()[0] == 1
    return claim


def carried_out(store: RunStore, claim: Claim) -> None:
    """Do what a worker does while a run goes on."""
    assert store.step_started(claim, 0, "first")
    assert store.told(claim, [(CANCEL_ASKED, {})])
    assert store.renew(claim)
    assert not store.cancel_asked(claim)
    assert store.so_far(claim, "{}")
    assert store.sweep() == []
    assert [one.running for one in store.limits.list()] == [1]


def looked_at(store: RunStore, run: str, cancelled: str) -> None:
    """Look at a run that has ended, and forget it."""
    assert store.newest_events([run])[run] == len(store.events(run))
    assert [one.id for one in store.page(Wanted(state="cancelled")).items] == [cancelled]
    assert store.retell(run, "{}", "[]")
    assert store.exists(run)
    assert store.remove(run)


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
    assert len(plans) > 20
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
