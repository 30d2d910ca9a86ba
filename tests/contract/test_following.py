"""Following a run that a worker carries out: what is told of it, over a store of its own."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, event

from agent.executors import EXECUTORS
from agent.runs.again import FIRST_PAUSE, begin_again
from agent.runs.options import RunOptions
from agent.runs.report import Report, StepReport
from agent.runs.run import Terms
from agent.runs.states import OnLost, State
from agent.runs.store import RunStore
from agent.runs.tables import metadata
from agent.runs.waiting import Waiting, line_of
from agent.runs.watcher import NobodyWatches

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agent.runs.run import Run

WORKER = "host:boot:pids:7:1"
QUIET = 0.05


class Heard(NobodyWatches):
    """Keeps what it is told, and lets a test wait for a notice."""

    def __init__(self) -> None:
        self.all: list[object] = []
        self.come = asyncio.Event()

    def run_started(self, run_id: str, task: str) -> None:  # noqa: ARG002
        self.all.append(f"run {task}")

    def step_started(self, index: int, title: str) -> None:
        self.all.append((index, title))

    def step_finished(self, step: StepReport) -> None:
        self.all.append(step)

    def notice(self, text: str) -> None:
        self.all.append(text)
        self.come.set()

    async def until(self, text: str) -> None:
        while text not in self.all:
            self.come.clear()
            await self.come.wait()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    engine = create_engine(f"sqlite:///{tmp_path / 'runs.db'}")

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA busy_timeout = 10000")
        connection.execute("PRAGMA journal_mode = WAL")

    metadata.create_all(engine)
    yield RunStore(engine, gone=lambda worker: worker == "gone")
    engine.dispose()


def following(store: RunStore, run: Run, heard: Heard) -> asyncio.Task[Report]:
    plan: Any = None  # the run's record has it
    followed = EXECUTORS["queue"](store, QUIET)
    return asyncio.create_task(followed.carry_out(run, plan, RunOptions(), heard))


async def test_it_tells_why_a_run_waits_who_took_it_and_what_happens(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, heard = store.add("demo", "{}", Terms("login:1", on_lost=OnLost.REQUEUE)), Heard()
    waits = "it waits for a worker that takes from the queue default: there is none"
    free = "it waits for a worker with a hand free"
    followed = following(store, run, heard)
    await heard.until(waits)
    Waiting(store.engine).seen(line_of(WORKER, 1))
    await heard.until(free)
    # It looks again, and has nothing new to say of it.
    swept, sweep = threading.Semaphore(0), store.sweep
    monkeypatch.setattr(store, "sweep", lambda: (swept.release(), sweep())[1])
    for _ in range(3):
        assert await asyncio.to_thread(swept.acquire, timeout=60)
    claim = store.claim(run.id, WORKER)
    assert claim is not None
    step = {"line": 0, "at": "1", "type": "sign_in", "title": "sign in"}
    ended = {"status": "passed", "outcome": "signed_in", "seconds": 1.5}
    asked = {"site": "https://hotel.example", "slot": "HOTEL", "again": False, "seconds": 60}
    store.told(
        claim,
        [
            ("step_started", {"line": 0, "title": "sign in"}),
            ("moved", {"text": "types the name"}),
            ("notice", {"text": "the sandbox is off"}),
            ("code_wanted", asked),
            ("step_finished", step | ended),
        ],
    )
    report = Report(run.id, "demo", "succeeded", "passed", result={"n": 1})
    store.finish(claim, State.SUCCEEDED, "passed", report.to_json())
    assert await followed == report
    assert heard.all == [
        "run demo",
        waits,
        free,
        "worker host/7 has it",
        (0, "sign in"),
        "the sandbox is off",
        f"https://hotel.example asks for a one-time code (HOTEL): runner runs code {run.id[:8]}",
        StepReport(0, "sign_in", "sign in", "passed", "signed_in", 1.5, "1"),
    ]


async def test_what_nobody_carries_on_with_is_taken_from_the_dead_and_told_anew(
    store: RunStore,
) -> None:
    terms = Terms(on_lost=OnLost.REQUEUE, max_attempts=2)
    run, heard = store.add("demo", "{}", terms), Heard()
    assert store.claim(run.id, "gone") is not None
    followed = following(store, run, heard)
    await heard.until("it waits in the queue again")
    assert store.claim(run.id, "gone") is not None
    report = await followed
    assert report.status == "interrupted"
    assert heard.all.count("worker gone has it") == 2


async def test_one_that_failed_and_is_begun_again_says_why_and_when(store: RunStore) -> None:
    run, heard = store.add("demo", "{}", Terms(max_attempts=2)), Heard()
    followed = following(store, run, heard)
    claim = store.claim(run.id, WORKER)
    assert claim is not None
    assert begin_again(store.engine, claim, "the site answered 503")
    await heard.until(f"the site answered 503; it is begun again in {FIRST_PAUSE:g} s")
    store.cancel(run.id)
    assert (await followed).status == "cancelled"


async def test_being_cancelled_cancels_the_run_and_once_more_leaves_it(store: RunStore) -> None:
    run, heard = store.add("demo", "{}"), Heard()
    claim = store.claim(run.id, WORKER)
    assert claim is not None
    followed = following(store, run, heard)
    await heard.until("worker host/7 has it")
    followed.cancel()
    await heard.until("it is asked to stop")
    assert not followed.done()
    followed.cancel()
    with pytest.raises(asyncio.CancelledError):
        await followed
    assert store.cancel_asked(claim)
    assert store.get(run.id).state is State.RUNNING
