"""Every store of runs keeps the same promises: on SQLite, on PostgreSQL, and its twin in memory."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from agent.errors import UsageError
from agent.runs.claim import Claim, LeaseTimes
from agent.runs.memory import MemoryRunStore
from agent.runs.report import Report
from agent.runs.run import HERE, Terms
from agent.runs.states import OnLost, State
from agent.runs.store import RunStore
from agent.runs.tables import runs
from tests.contract.conftest import CLAIMERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

    Store = RunStore | MemoryRunStore
    MakeStore = Callable[..., Store]

OVER_AT_ONCE = LeaseTimes(ttl=-1.0)


def nobody_is_gone(_worker: str) -> bool:
    return False


@pytest.fixture(params=["sqlite", "memory", "postgresql"])
def make(request: pytest.FixtureRequest) -> MakeStore:
    """Make stores that see the same runs, with lease times and dead workers to choose."""
    twin = MemoryRunStore(gone=nobody_is_gone)
    named = "sqlite" if request.param == "memory" else request.param
    engine: Engine = request.getfixturevalue(named)

    def make_store(
        times: LeaseTimes | None = None,
        gone: Callable[[str], bool] = nobody_is_gone,
        project: str = "default",
    ) -> Store:
        times = times or LeaseTimes()
        if request.param != "memory":
            return RunStore(engine, times, gone, project=project)
        return replace(twin, times=times, gone=gone, project=project)

    return make_store


@pytest.fixture
def store(make: MakeStore) -> Store:
    return make()


def claimed(store: Store, terms: Terms | None = None, worker: str = "one") -> Claim:
    claim = store.claim(store.add("demo", "{}", terms or Terms()).id, worker)
    assert claim is not None
    return claim


def winners(store: Store, run_ids: list[str]) -> list[Claim]:
    """Let many threads claim at the same moment."""
    start = threading.Barrier(len(run_ids))

    def compete(number: int) -> Claim | None:
        start.wait()
        return store.claim(run_ids[number], f"worker-{number}")

    with ThreadPoolExecutor(len(run_ids)) as pool:
        claims = list(pool.map(compete, range(len(run_ids))))
    return [claim for claim in claims if claim is not None]


def finish(store: Store, claim: Claim, state: State = State.SUCCEEDED) -> bool:
    report = Report(claim.run_id, "demo", state.value, "passed")
    return store.finish(claim, state, "passed", report.to_json())


def test_a_new_run_is_queued_and_found_by_the_start_of_its_id(store: Store) -> None:
    run = store.add("demo", '{"steps": []}')
    assert run.state is State.QUEUED
    assert store.get(run.id[:8]) == run
    assert store.get(run.id.upper()) == run


def test_another_projects_runs_do_not_exist(make: MakeStore) -> None:
    ours, theirs = make(), make(project="night-shift")
    run, other = ours.add("demo", "{}"), theirs.add("theirs", "{}")
    assert (run.project, other.project) == ("default", "night-shift")
    for store, mine, foreign in ((ours, run, other), (theirs, other, run)):
        assert store.list() == store.active() == [mine]
        for asked in (store.get, store.report, store.cancel):
            with pytest.raises(UsageError, match="there is no run"):
                asked(foreign.id)
            with pytest.raises(UsageError, match="there is no run"):
                store.get(foreign.id[:8])
    assert theirs.get(other.id).state is State.QUEUED


def test_each_project_has_submission_and_serial_keys_of_its_own(make: MakeStore) -> None:
    terms = Terms(idem_key="nightly", serial_key="hotel")
    ours, theirs = make(), make(project="night-shift")
    run, other = (store.add("demo", "{}", terms) for store in (ours, theirs))
    assert run.id != other.id
    assert theirs.add("demo", "{}", terms) == other
    assert (other.idem_key, other.serial_key) == ("nightly", "hotel")
    assert ours.claim(run.id, "one") is not None
    assert theirs.claim(other.id, "two") is not None
    # Positive control: within one project the key holds back.
    assert theirs.claim(theirs.add("demo", "{}", Terms(serial_key="hotel")).id, "two") is None


def test_the_runs_of_dead_workers_are_taken_whatever_their_project(make: MakeStore) -> None:
    theirs = make(project="night-shift")
    claim = claimed(theirs)
    assert make(gone=lambda _worker: True).sweep() == [claim.run_id]
    assert theirs.get(claim.run_id).state is State.INTERRUPTED


@pytest.mark.parametrize("name", ["", "no-such-run", "%", "_"])
def test_a_run_that_is_not_there_is_said_to_be_missing(store: Store, name: str) -> None:
    store.add("demo", "{}")
    with pytest.raises(UsageError, match="there is no run"):
        store.get(name)


def test_a_start_that_two_runs_share_is_not_guessed(store: Store) -> None:
    ids = [store.add("demo", "{}").id for _ in range(17)]
    shared = next(i[0] for i in ids if sum(other[0] == i[0] for other in ids) > 1)
    with pytest.raises(UsageError, match="more than one run"):
        store.get(shared)


def test_the_active_runs_are_those_that_have_not_ended(store: Store) -> None:
    queued, running, ended = (store.add(name, "{}") for name in ("a", "b", "c"))
    store.claim(running.id, "worker")
    store.cancel(ended.id)
    assert {run.id for run in store.active()} == {queued.id, running.id}


def test_runs_are_listed_newest_first(store: Store) -> None:
    made = [store.add(name, "{}") for name in ("first", "second", "third")]
    listed = store.list(2)
    assert len(listed) == 2
    assert [run.created_at for run in store.list()] == sorted(
        (run.created_at for run in made), reverse=True
    )


def test_a_claim_starts_an_attempt_and_leases_it(store: Store) -> None:
    claim = claimed(store)
    run = store.get(claim.run_id)
    assert (claim.attempt, run.attempt, run.state, run.worker) == (1, 1, State.RUNNING, "one")
    assert run.lease_until is not None
    assert run.started_at is not None
    assert 14 < run.lease_until - run.started_at < 16


def test_of_many_claimers_of_one_run_exactly_one_wins(store: Store) -> None:
    for _ in range(10):
        run = store.add("demo", "{}")
        assert len(winners(store, [run.id] * CLAIMERS)) == 1
        assert store.get(run.id).attempt == 1


def test_runs_without_a_key_run_side_by_side(store: Store) -> None:
    ids = [store.add("demo", "{}").id for _ in range(CLAIMERS)]
    assert len(winners(store, ids)) == CLAIMERS


def test_of_many_runs_with_one_key_only_one_is_ever_running(store: Store) -> None:
    ids = [store.add("demo", "{}", Terms(serial_key="account")).id for _ in range(CLAIMERS)]
    for left in range(CLAIMERS, 0, -1):
        (claim,) = winners(store, ids)
        assert [run.state for run in store.list()].count(State.RUNNING) == 1
        assert finish(store, claim)
        assert [run.state for run in store.list()].count(State.QUEUED) == left - 1


def test_a_finished_run_gives_the_report_it_was_finished_with(store: Store) -> None:
    claim = claimed(store)
    assert finish(store, claim)
    run = store.get(claim.run_id)
    assert (run.state, run.outcome, run.lease_until) == (State.SUCCEEDED, "passed", None)
    assert store.report(claim.run_id[:8]).status == "succeeded"


def test_a_finished_run_cannot_be_claimed_or_finished_again(store: Store) -> None:
    claim = claimed(store)
    assert finish(store, claim)
    assert store.claim(claim.run_id, "two") is None
    assert not finish(store, claim, State.FAILED)
    assert store.get(claim.run_id).state is State.SUCCEEDED


def requeued(make: MakeStore) -> tuple[Store, Claim, Claim]:
    """Let the same worker lose a run and take its second attempt."""
    terms = Terms(on_lost=OnLost.REQUEUE, max_attempts=2)
    stale = claimed(make(OVER_AT_ONCE), terms)
    store = make()
    assert store.sweep() == []
    fresh = store.claim(stale.run_id, stale.worker)
    assert fresh is not None
    return store, stale, fresh


def test_a_stale_attempt_can_neither_finish_nor_renew_nor_note_a_step(make: MakeStore) -> None:
    store, stale, fresh = requeued(make)
    assert (stale.attempt, fresh.attempt) == (1, 2)
    assert not finish(store, stale)
    assert not store.renew(stale)
    assert not store.step_started(stale, 0, "Click")
    assert store.get(fresh.run_id).state is State.RUNNING
    assert finish(store, fresh)


class UnfencedStore(RunStore):
    """The mutant: it finishes whatever attempt is running."""

    def finish(self, claim: Claim, state: State, outcome: str, report: str) -> bool:
        change = update(runs).where(runs.c.id == claim.run_id, runs.c.state == "running")
        with self._engine.begin() as connection:
            values = {"state": state.value, "outcome": outcome, "report": report}
            return connection.execute(change.values(**values)).rowcount == 1


def test_positive_control_without_the_fence_a_stale_attempt_would_finish(sqlite: Engine) -> None:
    def make_store(times: LeaseTimes | None = None) -> Store:
        return UnfencedStore(sqlite, times or LeaseTimes(), nobody_is_gone)

    store, stale, _fresh = requeued(make_store)
    assert finish(store, stale)


class UnguardedStore(RunStore):
    """The mutant: it claims a run whatever its state."""

    def claim(self, run_id: str, worker: str) -> Claim | None:
        change = update(runs).where(runs.c.id == run_id).values(state="running", worker=worker)
        with self._engine.begin() as connection:
            connection.execute(change)
        return Claim(run_id, 1, worker)


def test_positive_control_without_the_state_guard_many_claimers_win(sqlite: Engine) -> None:
    store = UnguardedStore(sqlite)
    assert len(winners(store, [store.add("demo", "{}").id] * CLAIMERS)) == CLAIMERS


def test_positive_control_without_the_index_two_runs_of_a_key_run_at_once(sqlite: Engine) -> None:
    store = RunStore(sqlite)
    with sqlite.begin() as connection:
        connection.exec_driver_sql("DROP INDEX one_running_per_key")
    ids = [store.add("demo", "{}", Terms(serial_key="account")).id for _ in range(2)]
    assert len(winners(store, ids)) == 2


def test_a_lease_that_ran_out_is_swept_to_interrupted(make: MakeStore) -> None:
    claim = claimed(make(OVER_AT_ONCE))
    store = make()
    assert store.step_started(claim, 2, "Click “Sign in”")
    assert store.sweep() == [claim.run_id]
    assert store.sweep() == []
    report = store.report(claim.run_id)
    assert (report.status, report.outcome) == ("interrupted", "interrupted")
    assert report.error is not None
    assert "in step 3, Click “Sign in”" in report.error.message
    assert not finish(store, claim)


def test_a_lease_that_still_lasts_is_left_alone(store: Store) -> None:
    claim = claimed(store)
    assert store.sweep() == []
    assert store.renew(claim)


def test_a_renewed_lease_is_not_swept(make: MakeStore) -> None:
    claim = claimed(make(OVER_AT_ONCE))
    store = make()
    assert store.renew(claim)
    assert store.sweep() == []


def test_a_dead_process_of_this_machine_loses_its_run_before_the_lease_ends(
    make: MakeStore,
) -> None:
    store = make(gone=lambda worker: worker == "dead")
    dead, alive = claimed(store, worker="dead"), claimed(store, worker="alive")
    assert store.sweep() == [dead.run_id]
    assert store.get(alive.run_id).state is State.RUNNING


def test_a_run_of_a_process_that_no_longer_waits_for_its_turn_ends(make: MakeStore) -> None:
    waiting, other = make(OVER_AT_ONCE), Terms(pool=HERE, serial_key="account")
    left, stays = waiting.add("demo", "{}", other), waiting.add("demo", "{}", Terms())
    waiting.wait(left.id, "one")
    waiting.wait(stays.id, "one")
    store = make()
    assert store.sweep() == [left.id]
    report = store.report(left.id)
    assert report.error is not None
    assert "nothing was done" in report.error.message
    assert store.get(stays.id).state is State.QUEUED, "a worker takes it"


def test_a_run_that_whoever_submitted_it_never_begins_ends_after_a_while(
    make: MakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = make()
    kept = store.add("demo", "{}", Terms(pool=HERE))
    for module in ("rows", "memory"):
        monkeypatch.setattr(f"agent.runs.{module}.TO_BEGIN", -1.0)
    left, others = store.add("demo", "{}", Terms(pool=HERE)), store.add("demo", "{}", Terms())
    assert store.sweep() == [left.id]
    for run in (kept, others):
        assert store.get(run.id).state is State.QUEUED


def test_a_lost_run_frees_its_key(make: MakeStore) -> None:
    terms = Terms(serial_key="account")
    claimed(make(OVER_AT_ONCE), terms)
    store = make()
    waiting = store.add("demo", "{}", terms)
    assert store.claim(waiting.id, "two") is None
    store.sweep()
    assert store.claim(waiting.id, "two") is not None


def test_a_lost_run_without_attempts_left_is_interrupted_also_when_it_may_requeue(
    make: MakeStore,
) -> None:
    claim = claimed(make(OVER_AT_ONCE), Terms(on_lost=OnLost.REQUEUE, max_attempts=1))
    assert make().sweep() == [claim.run_id]


def test_one_idempotency_key_is_one_run_however_often_it_is_submitted(store: Store) -> None:
    with ThreadPoolExecutor(CLAIMERS) as pool:
        made = list(
            pool.map(lambda _: store.add("demo", "{}", Terms(idem_key="once")).id, range(24))
        )
    assert len(set(made)) == 1
    assert len(store.list()) == 1


def test_a_cancelled_queued_run_never_starts(store: Store) -> None:
    run = store.add("demo", "{}")
    assert store.cancel(run.id) is State.CANCELLED
    assert store.claim(run.id, "one") is None


def test_a_running_run_learns_that_it_is_to_be_cancelled(store: Store) -> None:
    claim = claimed(store)
    assert not store.cancel_asked(claim)
    assert store.cancel(claim.run_id) is State.RUNNING
    assert store.cancel_asked(claim)


def test_a_run_to_be_cancelled_whose_worker_dies_is_cancelled(make: MakeStore) -> None:
    claim = claimed(make(OVER_AT_ONCE), Terms(on_lost=OnLost.REQUEUE, max_attempts=9))
    store = make()
    store.cancel(claim.run_id)
    assert store.sweep() == []
    assert store.get(claim.run_id).state is State.CANCELLED


def test_a_run_still_queued_has_a_report_that_says_so(store: Store) -> None:
    report = store.report(store.add("demo", "{}").id)
    assert (report.status, report.task, report.error) == ("queued", "demo", None)


def test_what_happens_in_a_run_is_numbered_without_a_gap_whoever_writes_it(store: Store) -> None:
    claim = claimed(store)
    with ThreadPoolExecutor(CLAIMERS) as pool:
        told = [("notice", {"text": f"line {n}"}) for n in range(24)]
        assert all(pool.map(lambda one: store.told(claim, [one]), told))
    store.cancel(claim.run_id)
    assert finish(store, claim, State.CANCELLED)
    events = store.events(claim.run_id)
    assert [one.id for one in events] == list(range(1, 29))
    kinds = [one.kind for one in events]
    assert kinds == ["queued", "started", *["notice"] * 24, "cancel_asked", "ended"]
    assert {one.data["text"] for one in events[2:26]} == {f"line {n}" for n in range(24)}
    assert dict(events[-1].data) == {"state": "cancelled", "outcome": "passed"}
    assert store.events(claim.run_id, after=26) == events[26:]
    assert store.events(claim.run_id, 2, 3) == events[2:5]
    assert store.newest_events([claim.run_id, "none"]).get(claim.run_id) == 28


def test_a_stale_attempt_tells_nothing(make: MakeStore) -> None:
    store, stale, fresh = requeued(make)
    assert not store.told(stale, [("notice", {"text": "from the grave"})])
    assert store.told(fresh, [("notice", {"text": "alive"})])
    kinds = [(one.kind, dict(one.data)) for one in store.events(fresh.run_id)]
    assert kinds == [
        ("queued", {"task": "demo", "mode": "test"}),
        ("started", {"attempt": 1}),
        ("requeued", {}),
        ("started", {"attempt": 2}),
        ("notice", {"text": "alive"}),
    ]


def test_a_run_that_a_worker_gives_back_waits_again_where_it_may(store: Store) -> None:
    first = claimed(store, Terms(on_lost=OnLost.REQUEUE, max_attempts=2))
    assert finish(store, first, State.INTERRUPTED)
    run = store.get(first.run_id)
    assert (run.state, run.report, run.outcome) == (State.QUEUED, None, None)
    second = store.claim(first.run_id, "two")
    assert second is not None
    assert second.attempt == 2
    assert finish(store, second, State.INTERRUPTED)
    assert store.get(first.run_id).state is State.INTERRUPTED
    assert store.report(first.run_id).status == "interrupted"


def test_the_last_event_of_a_lost_run_says_what_became_of_it(make: MakeStore) -> None:
    claim = claimed(make(OVER_AT_ONCE))
    store = make()
    store.sweep()
    last = store.events(claim.run_id)[-1]
    assert (last.kind, last.data["state"]) == ("ended", "interrupted")
    assert "lease" in last.data["why"]


def test_in_a_line_the_running_one_goes_first_and_then_who_was_there_earlier(
    make: MakeStore,
) -> None:
    store = make()
    first, second, third = (store.add("demo", "{}", Terms("hotel")) for _ in range(3))
    other = store.add("demo", "{}", Terms("other"))
    claim = store.claim(first.id, "one")
    assert claim is not None
    assert store.wait(third.id, "three") == [store.get(first.id)]
    assert [run.id for run in store.wait(second.id, "two")] == [first.id]
    assert [run.id for run in store.wait(third.id, "three")] == [first.id, second.id]
    assert store.wait(other.id, "four") == []
    store.finish(claim, State.SUCCEEDED, "passed", "{}")
    assert [run.id for run in store.wait(third.id, "three")] == [second.id]
    assert store.wait(second.id, "two") == []
    assert store.claim(second.id, "two") is not None


def test_who_waits_no_more_is_passed_by(make: MakeStore) -> None:
    brief = make(LeaseTimes(ttl=0.0, renew=1, fence=1))
    first, second = (brief.add("demo", "{}", Terms("hotel")) for _ in range(2))
    assert brief.wait(first.id, "one") == []
    while brief.wait(second.id, "two"):
        pass  # a lease of no length is over with the next tick of the clock
    usual = make(gone=lambda worker: worker == "dead")
    usual.wait(first.id, "dead")
    assert usual.wait(second.id, "two") == []
    usual.wait(first.id, "alive")
    assert [run.id for run in usual.wait(second.id, "two")] == [first.id]


def test_another_projects_line_is_another_line(make: MakeStore) -> None:
    ours, theirs = make(), make(project="night-shift")
    run, other = (store.add("demo", "{}", Terms("hotel")) for store in (ours, theirs))
    ours.wait(run.id, "one")
    assert theirs.wait(other.id, "two") == []


def test_the_report_of_an_ended_run_is_retold_only_where_it_is_the_one_that_was_read(
    store: Store,
) -> None:
    claim = claimed(store)
    assert store.so_far(claim, "so far")
    assert not store.retell(claim.run_id, "so far", "new")
    assert finish(store, claim)
    old = store.get(claim.run_id).report
    assert old is not None
    assert not store.retell(claim.run_id, "another", "new")
    assert store.retell(claim.run_id, old, "new")
    assert store.get(claim.run_id).report == "new"
