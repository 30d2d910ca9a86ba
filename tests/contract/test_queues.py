"""What a worker may take, and how much a site is asked: the same on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from agent.errors import NotFound, RunTimeout, UsageError
from agent.runs import store as store_module
from agent.runs.in_line import InLine
from agent.runs.limit_store import Limit
from agent.runs.run import HERE, Run, Terms
from agent.runs.states import State
from agent.runs.store import RunStore
from agent.runs.tables import database_now, runs, site_limit
from agent.runs.waiting import Waiting, line_of
from agent.runs.whereabouts import Reach, sites_text
from agent.runs.why_waiting import why_waiting
from tests.contract.conftest import CLAIMERS

if TYPE_CHECKING:
    from agent.runs.claim import Claim

SITE, OTHER = "https://portal.example", "https://other_site.example:8443"


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> RunStore:
    return RunStore(request.getfixturevalue(request.param), gone=lambda _worker: False)


def placed(store: RunStore, count: int = 1, **terms: object) -> list[Run]:
    return [store.add("demo", "{}", Terms(**terms)) for _ in range(count)]  # type: ignore[arg-type]


def due(store: RunStore, reach: Reach | None = None) -> list[str]:
    waiting = Waiting(store.engine) if reach is None else Waiting(store.engine, reach)
    return [run.id for run in waiting.due(100)]


def winners(store: RunStore, found: list[Run]) -> list[Claim]:
    start = threading.Barrier(len(found))

    def compete(run: Run) -> Claim | None:
        start.wait()
        return store.claim(run.id, f"worker-{run.id}")

    with ThreadPoolExecutor(len(found)) as pool:
        return [claim for claim in pool.map(compete, found) if claim is not None]


def finish(store: RunStore, claim: Claim) -> None:
    assert store.finish(claim, State.SUCCEEDED, "passed", "{}")


def test_a_worker_takes_runs_of_its_queues_and_of_no_other(store: RunStore) -> None:
    [usual], [night], [here] = (placed(store, pool=name) for name in ("default", "night", HERE))
    assert due(store) == [usual.id]
    assert due(store, Reach.of(["night"], [])) == [night.id]
    assert set(due(store, Reach.of(["night", "default"], []))) == {usual.id, night.id}
    assert here.id not in due(store, Reach.of(["night", "default"], []))


def test_a_worker_takes_only_runs_whose_labels_it_has(store: RunStore) -> None:
    [plain] = placed(store)
    [eu], [both] = (placed(store, labels=labels) for labels in ("eu", "eu linux"))
    assert due(store) == [plain.id]
    assert set(due(store, Reach.of([], ["eu"]))) == {plain.id, eu.id}
    assert set(due(store, Reach.of([], ["linux", "eu", "fast"]))) == {plain.id, eu.id, both.id}
    assert due(store, Reach.of([], ["linux"])) == [plain.id]


@pytest.mark.parametrize("name", ["", "here", "a b", "x" * 25, "-a", "a/b"])
def test_what_is_no_name_of_a_queue_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="is no name of a queue"):
        Reach.of([name], [])


def test_a_run_does_not_begin_before_its_time(store: RunStore) -> None:
    [later], [soon] = placed(store, after=3600.0), placed(store, after=0.0)
    assert due(store) == [soon.id]
    assert store.claim(later.id, "one") is None
    assert later.not_before is not None
    assert 3590 < later.not_before - later.created_at < 3610
    assert "its time, " in why_waiting(store.engine, later)
    with store.engine.begin() as connection:
        connection.execute(update(runs).values(not_before=database_now() - 1))
    assert set(due(store)) == {soon.id, later.id}


def test_of_many_claimers_of_one_site_as_many_win_as_its_limit_says(store: RunStore) -> None:
    store.limits.put(Limit(SITE, concurrency=2))
    found = placed(store, CLAIMERS, sites=sites_text([OTHER, SITE]))
    claims = winners(store, found)
    assert len(claims) == 2
    assert store.limits.list() == [Limit(SITE, 2, None, 1, running=2)]
    assert due(store) == []
    left = [run for run in found if run.id not in {claim.run_id for claim in claims}]
    assert [one.kind for one in store.events(left[0].id)] == ["queued"]
    assert why_waiting(store.engine, left[0]) == f"{SITE}, which is at its limit"
    finish(store, claims[0])
    assert len(due(store)) == CLAIMERS - 2
    assert len(winners(store, left)) == 1


def test_of_many_who_limit_one_site_at_once_each_is_answered(store: RunStore) -> None:
    together = threading.Barrier(CLAIMERS)

    def put(most: int) -> Limit:
        together.wait()
        return store.limits.put(Limit(SITE, concurrency=most))

    for _ in range(5):
        with ThreadPoolExecutor(CLAIMERS) as pool:
            kept = list(pool.map(put, range(1, CLAIMERS + 1)))
        assert kept == [Limit(SITE, most) for most in range(1, CLAIMERS + 1)]
        assert store.limits.list()[0] in kept
        store.limits.remove(SITE)


def test_who_sets_a_limit_is_told_how_many_runs_act_there(store: RunStore) -> None:
    [run] = placed(store, sites=sites_text([SITE]))
    assert store.claim(run.id, "one") is not None
    assert store.limits.put(Limit(SITE, concurrency=2)) == Limit(SITE, 2, running=1)


def test_positive_control_without_the_look_at_the_site_all_of_them_win(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "admitted", lambda _connection, _run: True)
    store.limits.put(Limit(SITE, concurrency=2))
    assert len(winners(store, placed(store, CLAIMERS, sites=sites_text([SITE])))) == CLAIMERS


def test_a_limit_holds_back_the_runs_of_its_site_and_project_alone(store: RunStore) -> None:
    store.limits.put(Limit(OTHER, concurrency=1))
    mine = placed(store, 2, sites=sites_text([OTHER]))
    # Where "_" meant any letter, this one would be counted too.
    near = placed(store, 2, sites=sites_text(["https://otherXsite.example:8443"]))
    theirs = placed(store.of("night-shift"), 2, sites=sites_text([OTHER]))
    assert store.claim(mine[0].id, "one") is not None
    assert [store.claim(run.id, "one") for run in (*near, *theirs)].count(None) == 0
    assert store.claim(mine[1].id, "one") is None
    store.limits.remove(OTHER)
    assert store.claim(mine[1].id, "one") is not None
    with pytest.raises(NotFound):
        store.limits.remove(OTHER)


def wind(store: RunStore, seconds: float) -> None:
    """Let time pass for the limits."""
    with store.engine.begin() as connection:
        earlier = site_limit.c.filled_at - seconds
        connection.execute(update(site_limit).values(filled_at=earlier))


def test_as_many_runs_begin_in_a_minute_as_the_limit_says(store: RunStore) -> None:
    store.limits.put(Limit(SITE, per_minute=6.0, burst=2))
    found = placed(store, CLAIMERS, sites=sites_text([SITE]))
    claims = winners(store, found)
    assert len(claims) == 2
    assert due(store) == []
    # A run that has ended gives nothing back: it has been there.
    finish(store, claims[0])
    assert due(store) == []
    wind(store, 10.2)
    left = [run for run in found if run.id in due(store)]
    assert len(left) == CLAIMERS - 2
    assert len(winners(store, left)) == 1
    wind(store, 3600)
    left = [run for run in found if run.id in due(store)]
    assert len(winners(store, left)) == 2


async def test_a_run_carried_out_at_once_waits_for_its_site_too(store: RunStore) -> None:
    store.limits.put(Limit(SITE, concurrency=1))
    first, second = placed(store, 2, sites=sites_text([SITE]), pool=HERE)
    claim = store.claim(first.id, "one")
    assert claim is not None
    said: list[str] = []
    with pytest.raises(RunTimeout, match="at its limit"):
        await InLine(store, said.append, longest_wait=0).claim(second)
    assert store.get(second.id).state is State.CANCELLED
    [third] = placed(store, sites=sites_text([SITE]), pool=HERE)
    finish(store, claim)
    assert (await InLine(store, said.append).claim(third)).run_id == third.id


def test_what_a_run_waits_for_is_said_in_words(store: RunStore) -> None:
    [run] = placed(store, pool="night", labels="eu linux", serial_key="account")
    none = "a worker that takes from the queue night and has the labels eu linux: there is none"
    assert why_waiting(store.engine, run) == none
    waiting = Waiting(store.engine)
    waiting.seen(line_of("plain", 2))
    assert why_waiting(store.engine, run) == none
    waiting.seen(line_of("right", 2, Reach.of(["day", "night"], ["linux", "eu"])))
    assert why_waiting(store.engine, run) == "a worker with a hand free"
    assert [(one.queues, one.labels) for one in waiting.workers() if one.id == "right"] == [
        ("day night", "eu linux")
    ]
    [other] = placed(store, serial_key="account")
    assert store.claim(other.id, "plain") is not None
    assert why_waiting(store.engine, run) == f"run {other.id[:8]}, which uses the same login"
    assert why_waiting(store.engine, store.get(other.id)) == ""
    # Looked at a moment before it began: it waits for no run that is itself.
    assert why_waiting(store.engine, other) == "a worker with a hand free"


def test_how_far_behind_the_workers_are_counts_what_is_due_and_no_more(store: RunStore) -> None:
    waiting = Waiting(store.engine)
    assert waiting.lag() == (0, 0.0)
    first, second = placed(store, 2)
    placed(store, pool=HERE)
    with store.engine.begin() as connection:
        now = connection.execute(select(database_now())).scalar_one()
        long_ago = update(runs).where(runs.c.id == first.id)
        connection.execute(long_ago.values(created_at=now - 90.0))
        later = update(runs).where(runs.c.id == second.id)
        connection.execute(later.values(not_before=now + 60.0))
    number, oldest = waiting.lag()
    assert number == 1
    assert 89 <= oldest <= 150
    assert store.claim(first.id, "worker") is not None
    assert waiting.lag() == (0, 0.0)
