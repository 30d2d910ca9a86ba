"""Run and person meet in one database, SQLite or PostgreSQL, and each only has what is theirs."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, update

from agent.runs.states import State
from agent.runs.store import RunStore
from agent.runs.tables import takeover, takeover_act, takeover_frame
from agent.runs.takeover import SealedFrame, Wanted
from agent.runs.takeovers import MOST_WAITING
from agent.vault.passed import Sealed

if TYPE_CHECKING:
    from agent.runs.claim import Claim

PUZZLE = Wanted("captcha", "The site asks for a captcha.", 600.0)
SOON = Wanted("captcha", "The site asks for a captcha.", -1.0)
PICTURE = SealedFrame(1, 1280, 720, Sealed(1, b"a picture"))


def nobody_is_gone(_worker: str) -> bool:
    return False


def in_words(number: int) -> Sealed:
    return Sealed(1, f"act {number}".encode())


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> RunStore:
    return RunStore(request.getfixturevalue(request.param), gone=nobody_is_gone)


@pytest.fixture
def claim(store: RunStore) -> Claim:
    claimed = store.claim(store.add("A", "{}").id, "worker")
    assert claimed is not None
    return claimed


def rows_of(store: RunStore, run_id: str) -> int:
    with store.engine.connect() as connection:
        return sum(
            connection.execute(
                select(func.count()).select_from(table).where(table.c.run_id == run_id)
            ).scalar_one()
            for table in (takeover, takeover_frame, takeover_act)
        )


def test_what_a_person_does_reaches_the_worker_once_and_in_order(
    store: RunStore, claim: Claim
) -> None:
    meeting, run_id = store.takeovers, claim.run_id
    assert meeting.look(run_id) is None
    assert meeting.open(claim, PUZZLE)
    assert meeting.take(run_id, "ann", "Ann")
    assert meeting.send(run_id, "ann", 2, in_words) == 2
    assert meeting.send(run_id, "ann", 1, in_words) == 3
    assert [one.sealed.blob for one in meeting.acts(claim)] == [b"act 1", b"act 2", b"act 3"]
    assert meeting.acts(claim) == []
    assert meeting.show(claim, PICTURE)
    assert meeting.frame(run_id) == PICTURE
    assert meeting.show(claim, replace_number(2))
    stands = meeting.look(run_id)
    assert stands is not None
    assert (stands.frame, stands.acts, stands.is_with("ann"), stands.over) == (2, 3, True, False)
    assert meeting.give_back(run_id, "ann") is not None
    stood = meeting.close(claim, "given_back")
    assert stood is not None
    assert stood.given_back
    assert rows_of(store, run_id) == 0
    kinds = [one.kind for one in store.events(run_id)]
    assert kinds == ["queued", "started", "needs_person", "taken_over", "went_on"]


def test_no_act_is_lost_that_is_sent_while_others_are_read(store: RunStore, claim: Claim) -> None:
    meeting, sent = store.takeovers, 60
    assert meeting.open(claim, PUZZLE)
    assert meeting.take(claim.run_id, "ann", "Ann")

    def send_all() -> None:
        for _ in range(sent):
            assert meeting.send(claim.run_id, "ann", 1, in_words)

    came: list[int] = []
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(send_all)
        while not sending.done():
            came += [one.number for one in meeting.acts(claim)]
    came += [one.number for one in meeting.acts(claim)]
    sending.result()
    assert came == list(range(1, sent + 1))


def replace_number(number: int) -> SealedFrame:
    return PICTURE._replace(number=number)


def test_one_person_has_the_page_and_of_many_at_once_only_one_gets_it(
    store: RunStore, claim: Claim
) -> None:
    meeting, run_id = store.takeovers, claim.run_id
    assert not meeting.take(run_id, "ann", "Ann")  # it waits for nobody yet
    meeting.open(claim, PUZZLE)
    start = threading.Barrier(6)

    def take(number: int) -> bool:
        start.wait()
        return meeting.take(run_id, f"person {number}", f"Person {number}")

    with ThreadPoolExecutor(6) as pool:
        got = list(pool.map(take, range(6)))
    assert got.count(True) == 1
    winner, loser = f"person {got.index(True)}", f"person {got.index(False)}"
    assert meeting.send(run_id, loser, 1, in_words) is None
    assert meeting.give_back(run_id, loser) is None
    assert meeting.take(run_id, winner, "again")
    with store.engine.begin() as connection:
        connection.execute(update(takeover).values(held_until=0.0))
    assert meeting.send(run_id, winner, 1, in_words) is None  # gone for too long
    assert meeting.take(run_id, loser, "Other")
    assert meeting.acts(claim) == []


def test_a_worker_that_lost_its_claim_gets_no_act_and_shows_nothing(
    store: RunStore, claim: Claim
) -> None:
    meeting, stale = store.takeovers, replace(claim, attempt=claim.attempt + 1)
    assert not meeting.open(stale, PUZZLE)
    meeting.open(claim, PUZZLE)
    meeting.take(claim.run_id, "ann", "Ann")
    meeting.send(claim.run_id, "ann", 1, in_words)
    assert meeting.acts(stale) == []
    assert not meeting.show(stale, PICTURE)
    assert meeting.close(stale, "given_back") is None
    assert meeting.frame(claim.run_id) is None
    assert len(meeting.acts(claim)) == 1


def test_no_more_acts_wait_than_a_worker_can_be_expected_to_do(
    store: RunStore, claim: Claim
) -> None:
    meeting, run_id = store.takeovers, claim.run_id
    meeting.open(claim, PUZZLE)
    meeting.take(run_id, "ann", "Ann")
    for _ in range(MOST_WAITING // 50):
        assert meeting.send(run_id, "ann", 50, in_words) is not None
    refused = meeting.send(run_id, "ann", 1, in_words)
    assert refused is not None
    assert refused > MOST_WAITING
    assert len(meeting.acts(claim)) == MOST_WAITING
    assert meeting.send(run_id, "ann", 1, in_words) == 1


@pytest.mark.parametrize("ending", ["finished", "swept"])
def test_nothing_that_was_passed_outlives_the_run(
    store: RunStore, claim: Claim, ending: str
) -> None:
    meeting, run_id = store.takeovers, claim.run_id
    meeting.open(claim, PUZZLE)
    meeting.take(run_id, "ann", "Ann")
    meeting.send(run_id, "ann", 1, in_words)
    meeting.show(claim, PICTURE)
    assert rows_of(store, run_id) == 3
    if ending == "finished":
        store.finish(claim, State.FAILED, "captcha", "{}")
    else:
        gone = RunStore(store.engine, gone=lambda worker: worker == "worker")
        assert run_id in gone.sweep()
    assert rows_of(store, run_id) == 0


def test_who_looks_is_known_for_a_while_and_time_runs_out(store: RunStore, claim: Claim) -> None:
    meeting = store.takeovers
    meeting.open(claim, SOON)
    before = meeting.look(claim.run_id)
    meeting.watch(claim.run_id, "ben")
    after = meeting.look(claim.run_id)
    assert before is not None
    assert after is not None
    assert (before.watched, after.watched, after.held, after.over) == (False, True, False, True)
