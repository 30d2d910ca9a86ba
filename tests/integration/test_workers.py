"""Workers as real processes, killed, frozen and stopped; judged by what the site saw."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from agent.runner.orders import Order
from agent.runs.states import State
from agent.vault.access.sessions import Sessions
from tests.leak.scan import find_under
from tests.standins.hosts import EXECUTABLE, PATIENCE, Site, freeze, made_place, running_site
from tests.standins.processes import free_ports

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.standins.hosts import Place, Process

pytestmark = pytest.mark.slow

RUNS = 20


@pytest.fixture(scope="module")
def served() -> Iterator[Site]:
    with running_site() as made:
        yield made


@pytest.fixture
def site(served: Site) -> Iterator[Site]:
    served.forget()
    yield served
    served.let_go(*range(RUNS + 1))


@pytest.fixture
def place(tmp_path: Path, site: Site) -> Iterator[Place]:
    made = made_place(tmp_path, site)
    yield made
    made.end()


def killed_in_the_middle(place: Place, start: Callable[[], Process]) -> list[str]:
    """Place twenty runs, kill the worker while some wait, some go on and some have ended."""
    site = place.site
    made = [place.place(number) for number in range(RUNS)]
    first = start()
    site.let_go(0, 1, 2)
    site.wait(lambda: sum(1 for path, _ in site.seen if path == "/hold") >= 7)
    first.kill()
    first.wait()
    site.let_go(*range(RUNS))
    start()
    place.ended(*made)
    return made


def test_a_killed_workers_runs_have_ended_or_are_interrupted_or_wait_and_none_runs_twice(
    place: Place,
) -> None:
    made = killed_in_the_middle(place, lambda: place.worker(4))
    ended = Counter(place.state(run_id) for run_id in made)
    begun, done = place.site.times("/begin"), place.site.times("/end")
    # None is lost, and none was begun twice: judged by the site, not by our own records.
    assert len(place.runner.store.list(RUNS + 1)) == RUNS
    assert set(begun) == set(range(RUNS))
    assert set(begun.values()) == set(done.values()) == {1}
    assert set(ended) == {State.SUCCEEDED, State.INTERRUPTED}
    assert 1 <= ended[State.INTERRUPTED] <= 4
    for number, run_id in enumerate(made):
        if place.state(run_id) is State.INTERRUPTED:
            error = place.runner.report(run_id).error
            assert error is not None
            assert "in step " in error.message
            assert done[number] == 0 or "/end" in error.message
        else:
            assert done[number] == 1
        assert place.runner.events.since(run_id)[-1].kind == "ended"


def test_positive_control_without_the_claims_guard_runs_are_begun_twice(place: Place) -> None:
    killed_in_the_middle(place, lambda: place.crew(4, "guard"))
    assert max(place.site.times("/begin").values()) > 1


def frozen_and_woken(place: Place, *without: str) -> tuple[str, str]:
    """Freeze a worker in a run until another one has seen its lease end, and wake it."""
    lost = place.place(1)
    asleep = place.crew(2, *without)
    place.site.wait_for("/hold", 1)
    freeze(place, asleep)
    place.site.let_go(1, 2)
    other = place.crew(1)
    place.wait(lambda: place.state(lost) is State.INTERRUPTED)
    other.terminate()
    other.wait()
    asleep.send_signal(signal.SIGCONT)
    # It carries out another run: it is awake.
    later = place.place(2)
    place.ended(later)
    return lost, later


def test_a_worker_that_stood_still_does_nothing_more_in_the_run_it_lost(place: Place) -> None:
    lost, later = frozen_and_woken(place)
    assert place.state(later) is State.SUCCEEDED
    assert place.state(lost) is State.INTERRUPTED
    assert place.site.times("/end") == {2: 1}


def test_positive_control_without_the_fence_it_would_act_after_waking(place: Place) -> None:
    lost, _later = frozen_and_woken(place, "fence")
    place.site.wait_for("/end", 1)
    # What it writes is refused all the same.
    assert place.state(lost) is State.INTERRUPTED


def test_a_run_that_may_be_begun_again_is_when_its_worker_was_killed(place: Place) -> None:
    place.store(on_lost="requeue")
    run_id = place.place(1)
    first = place.worker(1)
    place.site.wait_for("/hold", 1)
    first.kill()
    first.wait()
    place.site.let_go(1)
    place.worker(1)
    place.ended(run_id)
    run = place.runner.store.get(run_id)
    assert (run.state, run.attempt) == (State.SUCCEEDED, 2)
    assert place.site.times("/begin") == {1: 2}


def test_a_worker_asked_to_end_gives_its_runs_time_and_then_stops_them(place: Place) -> None:
    ending = place.place(1)
    worker = place.worker(2, "--grace=60")
    place.site.wait_for("/hold", 1)
    worker.terminate()
    place.wait(lambda: [one.state for one in place.runner.orders.workers()] == ["draining"])
    waiting = place.place(2)
    place.site.let_go(1)
    assert worker.wait(PATIENCE) == 0
    assert (place.state(ending), place.state(waiting)) == (State.SUCCEEDED, State.QUEUED)
    assert place.runner.orders.workers() == []

    impatient = place.worker(2, "--grace=0")
    place.site.wait_for("/hold", 2)
    impatient.terminate()
    assert impatient.wait(PATIENCE) == 0
    assert place.state(waiting) is State.INTERRUPTED
    error = place.runner.report(waiting).error
    assert error is not None
    assert "in step 2" in error.message


def test_a_run_that_goes_on_is_cancelled_and_one_that_waits_never_starts(place: Place) -> None:
    going, waits = place.place(1), place.place(2)
    place.worker(1)
    place.site.wait_for("/hold", 1)
    assert place.runner.orders.cancel(waits).state is State.CANCELLED
    assert place.runner.orders.cancel(going).cancel_requested
    place.ended(going)
    assert place.state(going) is State.CANCELLED
    assert place.site.times("/begin") == {1: 1}
    assert [one.kind for one in place.runner.events.since(going)][-2:] != []


def test_a_run_that_cannot_be_planned_any_more_fails_and_says_why(place: Place) -> None:
    run_id = place.place(1)
    with place.runner.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE runs SET params = '{\"format\": 99}'")
    place.worker(1)
    place.ended(run_id)
    report = place.runner.report(run_id)
    assert (report.status, report.run_id) == ("failed", run_id)
    assert report.error is not None
    assert "another version" in report.error.message


def test_a_server_has_a_worker_beside_it_that_ends_with_it_also_when_it_is_killed(
    place: Place,
) -> None:
    run_id = place.place(1)
    ports = free_ports()
    server = place.start(
        [EXECUTABLE, "serve", f"--port={ports[0]}", f"--artifacts-port={ports[1]}"]
    )
    place.site.wait_for("/hold", 1)
    [worker] = place.runner.orders.workers()
    assert worker.pid != server.pid
    server.kill()
    server.wait()
    place.wait(lambda: [one.state for one in place.runner.orders.workers()] == ["draining"])
    place.site.let_go(1)
    place.ended(run_id)
    assert place.state(run_id) is State.SUCCEEDED
    place.wait(lambda: place.runner.orders.workers() == [])


def serving(place: Place) -> tuple[Process, str]:
    """Start a server with its worker; gives it and its address."""
    ports = free_ports()
    words = ["serve", f"--port={ports[0]}", f"--artifacts-port={ports[1]}"]
    return place.start([EXECUTABLE, *words]), f"http://localhost:{ports[0]}"


def signed_in(place: Place) -> dict[str, str]:
    """Give what a page of the server sends when its owner is signed in."""
    text = Sessions(place.runner.vault.trail()).start(place.runner.actor.name, "default")
    return {"cookie": f"__Host-rnr={text}", "sec-fetch-site": "same-origin"}


def killed_with_its_worker(place: Place, server: Process) -> None:
    place.wait(lambda: "working" in [one.state for one in place.runner.orders.workers()])
    [worker] = [one for one in place.runner.orders.workers() if one.state == "working"]
    os.kill(worker.pid, signal.SIGKILL)
    server.kill()
    server.wait()


def test_a_killed_servers_runs_have_ended_or_are_interrupted_and_the_dashboard_says_so(
    place: Place,
) -> None:
    made = [place.place(number) for number in range(RUNS)]
    server, _ = serving(place)
    place.site.let_go(0, 1, 2)
    place.site.wait(lambda: sum(1 for path, _ in place.site.seen if path == "/hold") >= 5)
    killed_with_its_worker(place, server)
    place.site.let_go(*range(RUNS))
    _, url = serving(place)
    wait_for_port(url)
    place.ended(*made)
    begun = place.site.times("/begin")
    assert set(begun) == set(range(RUNS)), "one was lost"
    assert set(begun.values()) == {1}, "one ran twice"
    ended = Counter(place.state(run_id) for run_id in made)
    assert set(ended) == {State.SUCCEEDED, State.INTERRUPTED}
    assert 1 <= ended[State.INTERRUPTED] <= 2
    with httpx.Client(base_url=url, headers=signed_in(place), timeout=60) as person:
        listed = person.get("/runs").raise_for_status().text
        assert listed.count(">interrupted</span>") == ended[State.INTERRUPTED]
        assert listed.count(">succeeded</span>") == ended[State.SUCCEEDED]
        for run_id in made:
            shown = person.get(f"/runs/{run_id}").raise_for_status().text
            if place.state(run_id) is State.INTERRUPTED:
                [told] = re.findall(r'<div class="said bad"><p>([^<]*)</p>', shown)
                assert re.search(r"step \d, .*its process is gone", told), told
            else:
                assert "Everything was done." in shown


def test_a_killed_server_takes_the_values_of_its_runs_with_it(place: Place) -> None:
    url = place.site.url
    held = {"type": "http", "url": f"{url}/hold", "query": {"n": "7"}, "basic_auth": "DESK"}
    slots = {"DESK": {"type": "basic_auth", "origins": [url]}}
    steps = [held | {"local": True, "timeout": PATIENCE}]
    task = {"name": "Knock as", "on_lost": "requeue", "slots": slots, "steps": steps}
    place.runner.tasks.add(json.dumps(task).encode())
    server, address = serving(place)
    wait_for_port(address)
    values = {"DESK": {"username": "ann", "password": "CANARY-given-to-one-run"}}
    wish = {"task": "Knock as", "secret_values": values}
    answer = httpx.post(f"{address}/api/v1/runs", headers=signed_in(place), json=wish, timeout=60)
    run_id = answer.raise_for_status().json()["id"]
    place.site.wait(lambda: ("/hold", 7) in place.site.seen)
    killed_with_its_worker(place, server)
    serving(place)
    place.ended(run_id)
    assert place.state(run_id) is State.INTERRUPTED
    assert place.site.times("/hold")[7] == 1, "nobody has the values to begin it again with"
    canaries = {"password": "CANARY-given-to-one-run"}
    assert find_under([place.home], canaries) == []
    place.runner.store.add("Knock", json.dumps(canaries))
    assert find_under([place.home], canaries) != []


def wait_for_port(address: str) -> None:
    ends = time.monotonic() + PATIENCE
    while True:
        with suppress(httpx.TransportError):
            httpx.get(f"{address}/sign-in", timeout=60)
            return
        assert time.monotonic() < ends
        time.sleep(0.1)


def browsers_in(folder_of: int) -> list[int]:
    """Find the browser processes whose private folder a worker made."""
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            environment = (entry / "environ").read_bytes()
            if b"slotrunner-" in environment and int(entry.name) != folder_of:
                found.append(int(entry.name))
    return found


@pytest.mark.browser
def test_a_killed_workers_browser_dies_with_it(place: Place) -> None:
    steps = [{"type": "goto", "url": f"{place.site.url}/hold?n=7", "timeout": PATIENCE}]
    task = {"name": "Look", "steps": steps}
    place.runner.tasks.add(json.dumps(task).encode())
    before = set(browsers_in(0))
    run_id = place.runner.orders.place(Order("Look")).id
    worker = place.worker(1)
    place.site.wait_for("/hold", 7)
    mine = set(browsers_in(worker.pid)) - before
    assert mine
    worker.kill()
    worker.wait()
    place.wait(lambda: not mine & set(browsers_in(0)))
    place.worker(1)
    place.ended(run_id)
    assert place.state(run_id) is State.INTERRUPTED
