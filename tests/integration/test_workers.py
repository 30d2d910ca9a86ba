"""Workers as real processes, killed, frozen and stopped; judged by what the site saw."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from agent.runner.orders import Order
from agent.runs.states import State
from agent.settings import Settings
from agent.vault.access.sessions import Sessions
from agent.wiring import build
from tests.leak.scan import find_under

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agent.runner import Runner

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
EXECUTABLE = Path(sys.executable).parent / "runner"
PATIENCE = 100.0
RUNS = 20


class Desk(BaseHTTPRequestHandler):
    """Notes every request; ``/hold`` is answered when its number is let go."""

    seen: ClassVar[list[tuple[str, int]]] = []
    let_go: ClassVar[set[int]] = set()
    changed: ClassVar[threading.Condition] = threading.Condition()

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        number = int(parse_qs(parts.query).get("n", ["0"])[0])
        with self.changed:
            self.seen.append((parts.path, number))
            self.changed.notify_all()
            if parts.path == "/hold":
                self.changed.wait_for(lambda: number in self.let_go, PATIENCE)
        body = b"<title>here</title>"
        with suppress(OSError):  # whoever asked may be gone
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@dataclass
class Site:
    """The desk, for a test."""

    url: str

    def times(self, path: str) -> Counter[int]:
        """How often each number was asked for at a path."""
        with Desk.changed:
            return Counter(number for at, number in Desk.seen if at == path)

    def wait(self, condition: Callable[[], bool]) -> None:
        """Wait until the requests seen so far are as wanted."""
        with Desk.changed:
            assert Desk.changed.wait_for(condition, PATIENCE)

    def let_go(self, *numbers: int) -> None:
        """Answer what holds."""
        with Desk.changed:
            Desk.let_go.update(numbers)
            Desk.changed.notify_all()


@pytest.fixture(scope="module")
def desk() -> Iterator[str]:
    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

    server = Server(("127.0.0.1", 0), Desk)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def site(desk: str) -> Iterator[Site]:
    with Desk.changed:
        Desk.seen.clear()
        Desk.let_go.clear()
    made = Site(desk)
    yield made
    made.let_go(*range(RUNS + 1))


@dataclass
class Place:
    """A data folder and the workers on it."""

    home: Path
    site: Site
    runner: Runner
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        folders = {name: str(self.home) for name in ("RUNNER_HOME", "HOME", "XDG_CONFIG_HOME")}
        return {"PATH": os.environ["PATH"]} | folders

    def store(self, **more: Any) -> None:
        """Store a task of three requests, the second of which holds."""
        steps = [
            {"type": "http", "url": f"{self.site.url}{path}", "query": {"n": "${inputs.n}"}}
            for path in ("/begin", "/hold", "/end")
        ]
        steps = [step | {"local": True, "timeout": PATIENCE} for step in steps]
        task = {"name": "Knock", "inputs": {"n": {"type": "integer"}}, "steps": steps}
        self.runner.tasks.put(json.dumps(task | more).encode())

    def place(self, number: int, **choice: Any) -> str:
        return self.runner.orders.place(Order("Knock", inputs={"n": number}, **choice)).id

    def worker(self, concurrency: int, *options: str) -> subprocess.Popen[bytes]:
        """Start the worker that people start."""
        return self._start([EXECUTABLE, "worker", f"--concurrency={concurrency}", *options])

    def crew(self, concurrency: int, mutation: str = "none") -> subprocess.Popen[bytes]:
        """Start one with short leases, and perhaps without one of its guards."""
        program = [sys.executable, "-m", "tests.standins.crew", mutation, str(concurrency)]
        return self._start(program)

    def _start(self, program: list[Any]) -> subprocess.Popen[bytes]:
        made = subprocess.Popen(
            program,
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.started.append(made)
        return made

    def state(self, run_id: str) -> State:
        return self.runner.store.get(run_id).state

    def wait(self, condition: Callable[[], bool]) -> None:
        """Wait until the store stands as wanted."""
        ends = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < ends, [run.state for run in self.runner.store.list()]
            time.sleep(0.1)

    def ended(self, *run_ids: str) -> None:
        self.wait(lambda: all(self.state(run_id).ended for run_id in run_ids))


@pytest.fixture
def place(tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setenv("RUNNER_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    runner = build(Settings.load(os.environ, tmp_path))
    made = Place(tmp_path, site, runner)
    made.store()
    yield made
    for process in made.started:
        process.kill()
        process.wait()
    runner.store.engine.dispose()


def killed_in_the_middle(place: Place, start: Callable[[], subprocess.Popen[bytes]]) -> list[str]:
    """Place twenty runs, kill the worker while some wait, some go on and some have ended."""
    site = place.site
    made = [place.place(number) for number in range(RUNS)]
    first = start()
    site.let_go(0, 1, 2)
    site.wait(lambda: sum(1 for path, _ in Desk.seen if path == "/hold") >= 7)
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
    killed_in_the_middle(place, lambda: place.crew(4, "no-guard"))
    assert max(place.site.times("/begin").values()) > 1


def all_stopped(pid: int) -> bool:
    threads = Path(f"/proc/{pid}/task").iterdir()
    return all((one / "stat").read_text().rpartition(")")[2].split()[0] == "T" for one in threads)


def freeze(place: Place, worker: subprocess.Popen[bytes]) -> None:
    """Stop a worker that does not hold the database's one lock just then: SQLite has no lease."""
    while True:
        worker.send_signal(signal.SIGSTOP)
        place.wait(lambda: all_stopped(worker.pid))
        database = sqlite3.connect(place.home / "runner.db", timeout=1, isolation_level=None)
        with closing(database), suppress(sqlite3.OperationalError):
            database.execute("BEGIN IMMEDIATE")
            return
        worker.send_signal(signal.SIGCONT)


def frozen_and_woken(place: Place, mutation: str) -> tuple[str, str]:
    """Freeze a worker in a run until another one has seen its lease end, and wake it."""
    lost = place.place(1)
    asleep = place.crew(2, mutation)
    place.site.wait(lambda: ("/hold", 1) in Desk.seen)
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
    lost, later = frozen_and_woken(place, "none")
    assert place.state(later) is State.SUCCEEDED
    assert place.state(lost) is State.INTERRUPTED
    assert place.site.times("/end") == {2: 1}


def test_positive_control_without_the_fence_it_would_act_after_waking(place: Place) -> None:
    lost, _later = frozen_and_woken(place, "no-fence")
    place.site.wait(lambda: ("/end", 1) in Desk.seen)
    # What it writes is refused all the same.
    assert place.state(lost) is State.INTERRUPTED


def test_a_run_that_may_be_begun_again_is_when_its_worker_was_killed(place: Place) -> None:
    place.store(on_lost="requeue")
    run_id = place.place(1)
    first = place.worker(1)
    place.site.wait(lambda: ("/hold", 1) in Desk.seen)
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
    place.site.wait(lambda: ("/hold", 1) in Desk.seen)
    worker.terminate()
    place.wait(lambda: [one.state for one in place.runner.orders.workers()] == ["draining"])
    waiting = place.place(2)
    place.site.let_go(1)
    assert worker.wait(PATIENCE) == 0
    assert (place.state(ending), place.state(waiting)) == (State.SUCCEEDED, State.QUEUED)
    assert place.runner.orders.workers() == []

    impatient = place.worker(2, "--grace=0")
    place.site.wait(lambda: ("/hold", 2) in Desk.seen)
    impatient.terminate()
    assert impatient.wait(PATIENCE) == 0
    assert place.state(waiting) is State.INTERRUPTED
    error = place.runner.report(waiting).error
    assert error is not None
    assert "in step 2" in error.message


def test_a_run_that_goes_on_is_cancelled_and_one_that_waits_never_starts(place: Place) -> None:
    going, waits = place.place(1), place.place(2)
    place.worker(1)
    place.site.wait(lambda: ("/hold", 1) in Desk.seen)
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


def free_ports() -> list[int]:
    opened = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    ports = [one.getsockname()[1] for one in opened]
    for one in opened:
        one.close()
    return ports


def test_a_server_has_a_worker_beside_it_that_ends_with_it_also_when_it_is_killed(
    place: Place,
) -> None:
    run_id = place.place(1)
    ports = free_ports()
    server = place._start(
        [EXECUTABLE, "serve", f"--port={ports[0]}", f"--artifacts-port={ports[1]}"]
    )
    place.site.wait(lambda: ("/hold", 1) in Desk.seen)
    [worker] = place.runner.orders.workers()
    assert worker.pid != server.pid
    server.kill()
    server.wait()
    place.wait(lambda: [one.state for one in place.runner.orders.workers()] == ["draining"])
    place.site.let_go(1)
    place.ended(run_id)
    assert place.state(run_id) is State.SUCCEEDED
    place.wait(lambda: place.runner.orders.workers() == [])


def served(place: Place) -> tuple[subprocess.Popen[bytes], str]:
    """Start a server with its worker; gives it and its address."""
    ports = free_ports()
    words = ["serve", f"--port={ports[0]}", f"--artifacts-port={ports[1]}"]
    return place._start([EXECUTABLE, *words]), f"http://localhost:{ports[0]}"


def signed_in(place: Place) -> dict[str, str]:
    """Give what a page of the server sends when its owner is signed in."""
    text = Sessions(place.runner.vault.trail()).start(place.runner.actor.name, "default")
    return {"cookie": f"__Host-rnr={text}", "sec-fetch-site": "same-origin"}


def killed_with_its_worker(place: Place, server: subprocess.Popen[bytes]) -> None:
    place.wait(lambda: "working" in [one.state for one in place.runner.orders.workers()])
    [worker] = [one for one in place.runner.orders.workers() if one.state == "working"]
    os.kill(worker.pid, signal.SIGKILL)
    server.kill()
    server.wait()


def test_a_killed_servers_runs_have_ended_or_are_interrupted_and_the_dashboard_says_so(
    place: Place,
) -> None:
    made = [place.place(number) for number in range(RUNS)]
    server, _ = served(place)
    place.site.let_go(0, 1, 2)
    place.site.wait(lambda: sum(1 for path, _ in Desk.seen if path == "/hold") >= 5)
    killed_with_its_worker(place, server)
    place.site.let_go(*range(RUNS))
    _, url = served(place)
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
    server, address = served(place)
    wait_for_port(address)
    values = {"DESK": {"username": "ann", "password": "CANARY-given-to-one-run"}}
    wish = {"task": "Knock as", "secret_values": values}
    answer = httpx.post(f"{address}/api/v1/runs", headers=signed_in(place), json=wish, timeout=60)
    run_id = answer.raise_for_status().json()["id"]
    place.site.wait(lambda: ("/hold", 7) in Desk.seen)
    killed_with_its_worker(place, server)
    served(place)
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
    place.site.wait(lambda: ("/hold", 7) in Desk.seen)
    mine = set(browsers_in(worker.pid)) - before
    assert mine
    worker.kill()
    worker.wait()
    place.wait(lambda: not mine & set(browsers_in(0)))
    place.worker(1)
    place.ended(run_id)
    assert place.state(run_id) is State.INTERRUPTED
