"""Stored tasks, the queue and deliveries on PostgreSQL too, with many at them at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine

from agent.runs.listing import Wanted
from agent.runs.run import Terms
from agent.runs.store import RunStore
from agent.runs.tables import metadata
from agent.runs.task_store import Content
from agent.runs.waiting import Waiting, line_of
from tests.standins.postgres import programs, running_postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.runs.claim import Claim

pytestmark = pytest.mark.skipif(programs() is None, reason="PostgreSQL is not installed")

MANY = 8


@pytest.fixture(scope="module")
def store() -> Iterator[RunStore]:
    with running_postgres() as url:
        engine = create_engine(url, pool_size=2 * MANY)
        metadata.create_all(engine)
        yield RunStore(engine, gone=lambda _worker: False)
        engine.dispose()


def test_versions_brought_at_once_get_a_number_each(store: RunStore) -> None:
    first = Content({"name": "A"}, "first", "ann")
    task = store.tasks.add(first)
    others = [Content({"name": "A", "n": n}, f"digest {n}", "ann") for n in range(MANY)]
    with ThreadPoolExecutor(MANY) as pool:
        list(pool.map(lambda one: store.tasks.add_version(task.id, one), others))
    numbers = [one.version for one in store.tasks.versions(task.id)]
    assert numbers == list(range(MANY + 1, 0, -1))
    assert store.tasks.add_version(task.id, first).version == 1


def test_the_most_urgent_are_due_first_and_one_worker_gets_each(store: RunStore) -> None:
    hook = {"name": "h", "url": "https://x.example", "states": "cancelled failed"}
    more = {"local": False, "paused": False, "secret_id": "s", "created_by": "ann"}
    store.webhooks.add(hook | more)
    made = [
        store.add("A", "{}", Terms(priority=n % 3, serial_key=f"account {n % 4}")).id
        for n in range(20)
    ]
    waiting = Waiting(store.engine)
    urgency = [run.priority for run in waiting.due(20)]
    assert urgency == sorted(urgency, reverse=True)

    def claim_all(number: int) -> list[Claim]:
        claims = (store.claim(run.id, f"worker {number}") for run in waiting.due(20))
        return [claim for claim in claims if claim is not None]

    with ThreadPoolExecutor(4) as pool:
        claimed = [one for got in pool.map(claim_all, range(4)) for one in got]
    # Four accounts, so four runs; and none has two workers.
    assert len(claimed) == len({one.run_id for one in claimed}) == 4
    assert waiting.due(20) == []
    for run_id in made:
        store.cancel(run_id)
    with ThreadPoolExecutor(4) as pool:
        taken = [one for got in pool.map(lambda _: store.webhooks.due(20), range(4)) for one in got]
    assert len(taken) == len({message.message_id for _, message in taken}) == 16
    first = store.page(Wanted(limit=7))
    second = store.page(Wanted(limit=7, cursor=first.next))
    assert {run.id for run in first.items}.isdisjoint(run.id for run in second.items)


def test_a_worker_is_there_until_it_leaves(store: RunStore) -> None:
    waiting, line = Waiting(store.engine), line_of("worker", 2)
    waiting.seen(line)
    waiting.seen(line)
    assert [one.state for one in waiting.workers()] == ["working"]
    waiting.left("worker")
    assert waiting.workers() == []
