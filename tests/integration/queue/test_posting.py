"""Runs given to Procrastinate: which of them have a job, and when; on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from agent.executors.looking import Looking
from agent.executors.posting import Posting, queue_of, queues_of
from agent.executors.supply import Place
from agent.runs.limit_store import Limit
from agent.runs.run import HERE, Run, Terms
from agent.runs.states import OnLost, State
from agent.runs.store import RunStore
from agent.runs.waiting import Waiting
from agent.runs.whereabouts import ANYONE, Reach, sites_text

if TYPE_CHECKING:
    from agent.runs.claim import Claim
    from tests.integration.queue.conftest import Ground

SITE = "https://portal.example"
MANY = 6


@pytest.fixture
def store(ground: Ground) -> RunStore:
    return ground.runner.store


@pytest.fixture
def posting(store: RunStore) -> Posting:
    return Posting(store.engine)


def placed(store: RunStore, count: int = 1, **terms: Any) -> list[Run]:
    return [store.add("demo", "{}", Terms(**terms)) for _ in range(count)]


def jobs(store: RunStore) -> list[str]:
    """Give the runs whose jobs wait, in the order in which they are fetched."""
    ordered = "SELECT args FROM procrastinate_jobs WHERE status = 'todo' ORDER BY priority DESC, id"
    with store.engine.connect() as connection:
        return [args["run_id"] for args in connection.execute(text(ordered)).scalars()]


def change(store: RunStore, statement: str) -> None:
    with store.engine.begin() as connection:
        connection.execute(text(statement))


def fetched(store: RunStore, job: int) -> None:
    with store.engine.begin() as connection:
        connection.execute(text("DELETE FROM procrastinate_jobs WHERE id = :job"), {"job": job})


def carried_out(store: RunStore, run: Run) -> Claim:
    """Do what a worker does: fetch the job, claim the run, and finish both."""
    job = store.get(run.id).job
    assert job is not None
    fetched(store, job)
    claim = store.claim(run.id, "worker")
    assert claim is not None
    return claim


def test_a_placed_run_has_a_job_that_holds_its_id_and_nothing_else(store: RunStore) -> None:
    urgent, usual = placed(store, priority=5)[0], placed(store, labels="eu", pool="night")[0]
    assert jobs(store) == [urgent.id, usual.id]
    with store.engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM procrastinate_jobs ORDER BY id")).mappings()
        first, second = (dict(row) for row in rows)
    assert (first["id"], second["id"]) == (urgent.job, usual.job)
    assert first["args"] == {"run_id": urgent.id}
    assert first["lock"] is None
    assert first["queueing_lock"] is None
    assert (first["queue_name"], first["task_name"]) == ("default", "run")
    assert second["queue_name"] == queue_of("night", "eu") != "night"


def test_run_and_job_are_there_together_or_not_at_all(store: RunStore) -> None:
    placed(store, idem_key="once")
    placed(store, 3, idem_key="once")
    assert len(jobs(store)) == 1
    change(store, "ALTER TABLE run_event RENAME TO away")
    with pytest.raises(Exception, match="run_event"):
        placed(store)
    change(store, "ALTER TABLE away RENAME TO run_event")
    change(store, "ALTER TABLE procrastinate_jobs RENAME TO away")
    with pytest.raises(OperationalError, match="procrastinate_jobs"):
        placed(store)
    assert len(store.list()) == 1


def test_what_is_carried_out_elsewhere_or_later_has_no_job(
    store: RunStore, posting: Posting
) -> None:
    placed(store, pool=HERE)
    [later] = placed(store, after=3600.0)
    assert posting.post_due() == 0
    assert jobs(store) == []
    change(store, "UPDATE runs SET not_before = 1 WHERE not_before IS NOT NULL")
    assert (posting.post_due(), posting.post_due()) == (1, 0)
    assert jobs(store) == [later.id]


def test_of_one_login_one_run_at_a_time_is_posted_the_most_urgent_first(
    store: RunStore, posting: Posting
) -> None:
    first, second = placed(store, 2, serial_key="login")
    [other] = placed(store, serial_key="another")
    assert jobs(store) == [first.id, other.id]
    assert posting.post_due() == 0
    [urgent] = placed(store, serial_key="login", priority=9)
    assert posting.post_due() == 1
    assert jobs(store) == [urgent.id, first.id, other.id]
    claim = carried_out(store, urgent)
    assert store.claim(first.id, "worker") is None
    assert first.job is not None
    fetched(store, first.job)
    posting.refused(first.id, first.job)
    assert posting.post_due() == 0
    store.finish(claim, State.SUCCEEDED, "passed", "{}")
    assert posting.post_due() == 1
    assert jobs(store) == [other.id, first.id]
    assert store.get(second.id).job is None


def test_a_site_gets_as_many_as_it_has_room_for(store: RunStore, posting: Posting) -> None:
    store.limits.put(Limit(SITE, concurrency=2))
    found = placed(store, 5, sites=sites_text([SITE]))
    [free] = placed(store)
    assert jobs(store) == [free.id]
    assert (posting.post_due(), posting.post_due()) == (2, 0)
    claim = carried_out(store, found[0])
    assert posting.post_due() == 0
    store.finish(claim, State.SUCCEEDED, "passed", "{}")
    assert posting.post_due() == 1
    assert set(jobs(store)) == {free.id, found[1].id, found[2].id}


def test_of_many_processes_that_post_one_does(store: RunStore, posting: Posting) -> None:
    placed(store, 20, after=0.0)
    with ThreadPoolExecutor(MANY) as pool:
        assert sum(pool.map(lambda _: posting.post_due(), range(MANY))) == 20
    assert len(jobs(store)) == len(set(jobs(store))) == 20


def test_a_run_whose_job_is_gone_is_posted_again(store: RunStore, posting: Posting) -> None:
    [run] = placed(store)
    assert posting.reconcile() == 0
    change(store, "TRUNCATE procrastinate_jobs CASCADE")
    assert posting.post_due() == 0
    assert (posting.reconcile(), posting.post_due()) == (1, 1)
    assert jobs(store) == [run.id]


def test_a_run_queued_again_has_a_new_job(store: RunStore, posting: Posting) -> None:
    again = {"on_lost": OnLost.REQUEUE, "max_attempts": 2}
    [run], [back] = placed(store, **again), placed(store)
    claim = carried_out(store, run)
    store.finish(claim, State.INTERRUPTED, "interrupted", "{}")
    assert store.hand_back(carried_out(store, back))
    assert jobs(store) == []
    assert posting.post_due() == 2
    assert set(jobs(store)) == {run.id, back.id}


def test_a_run_to_be_cancelled_that_was_not_begun_is_not_queued_again(store: RunStore) -> None:
    [run] = placed(store)
    claim = carried_out(store, run)
    assert store.cancel(run.id) is State.RUNNING
    assert store.hand_back(claim)
    assert store.get(run.id).state is State.CANCELLED
    assert jobs(store) == []


def test_a_worker_that_loses_the_database_between_two_claims_keeps_the_first(
    store: RunStore,
) -> None:
    class Unsteady(RunStore):
        def claim(self, run_id: str, worker: str) -> Claim | None:
            if run_id != first.id:
                raise OperationalError("", {}, ConnectionError())
            return super().claim(run_id, worker)

    first, second = placed(store, 2)
    place = Place(Waiting(store.engine, ANYONE), Unsteady(store.engine), "worker")
    taken = asyncio.run(Looking(place).take(2))
    assert [one.run.id for one in taken] == [first.id]
    assert store.get(second.id).state is State.QUEUED


def test_a_run_that_is_taken_back_has_no_job_any_more(store: RunStore) -> None:
    [waits], [goes] = placed(store), placed(store)
    assert store.cancel(waits.id) is State.CANCELLED
    assert jobs(store) == [goes.id]
    change(store, "UPDATE procrastinate_jobs SET status = 'doing'")
    assert store.claim(goes.id, "worker") is not None
    assert store.cancel(goes.id) is State.RUNNING
    with store.engine.connect() as connection:
        asked = connection.execute(text("SELECT abort_requested FROM procrastinate_jobs"))
        assert asked.scalars().all() == [True]


def test_a_worker_takes_from_a_queue_of_jobs_for_each_choice_of_its_labels() -> None:
    reach = Reach.of(["default", "night"], ["linux", "eu"])
    named = queues_of(reach)
    assert len(named) == len(set(named)) == 8
    for labels in ("", "eu", "linux", "eu linux"):
        assert {queue_of("default", labels), queue_of("night", labels)} <= set(named)
    longest = queue_of("x" * 24, "eu linux")
    # PostgreSQL's channels have names of 63 letters at most.
    assert len(f"procrastinate_queue_v1#{longest}") <= 63


def test_without_postgresql_procrastinate_is_never_loaded(tmp_path: Any) -> None:
    program = """
import json, os, sys
from pathlib import Path
from agent.settings import Settings
from agent.wiring import build
from agent.wiring.working import open_crew
settings = Settings.load(os.environ, Path.cwd())
runner = build(settings)
runner.store.add("demo", "{}")
runner.store.cancel(runner.store.list()[0].id)
open_crew(settings)
print(json.dumps([name for name in sys.modules if name.startswith(("procrastinate", "psycopg"))]))
"""
    names = ("RUNNER_HOME", "HOME", "XDG_CONFIG_HOME")
    run = subprocess.run(
        [sys.executable, "-c", program],
        env={name: str(tmp_path) for name in names} | {"PATH": "/usr/bin"},
        capture_output=True,
        check=True,
    )
    assert json.loads(run.stdout) == []
