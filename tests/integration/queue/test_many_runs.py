"""Many queued runs on real worker processes, some of them killed; judged by what the site saw."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from agent.runner.orders import Order
from agent.runs.states import State
from agent.settings import Settings
from agent.vault.new_secret import NewSecret
from agent.vault.origin import OriginPolicy
from agent.wiring import build
from tests.standins.postgres import fresh_database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agent.runner import Runner

ROOT = Path(__file__).parents[3]
EXECUTABLE = Path(sys.executable).parent / "runner"
PATIENCE = 1200.0
STEP = 0.05
HANDS = 4
KILLS = 5
DATABASES = ["sqlite", "postgresql"]


@dataclass
class Site:
    """A site that takes a moment for each request, and notes it."""

    url: str = ""
    seen: list[int] = field(default_factory=list)
    inside: int = 0
    most_inside: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)

    def enter(self, number: int) -> None:
        with self.changed:
            self.seen.append(number)
            self.inside += 1
            self.most_inside = max(self.most_inside, self.inside)
            self.changed.notify_all()

    def leave(self) -> None:
        with self.changed:
            self.inside -= 1

    def wait_for(self, count: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.seen) >= count, PATIENCE)


@contextmanager
def served() -> Iterator[Site]:
    site = Site()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.enter(int(parse_qs(urlsplit(self.path).query).get("n", ["0"])[0]))
            time.sleep(STEP)
            site.leave()
            with suppress(OSError):  # whoever asked may be gone
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

    server = Server(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield site
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass
class Place:
    """A data folder with its database, and the workers on it."""

    site: Site
    runner: Runner
    environment: dict[str, str]
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def worker(self, hands: int = HANDS) -> subprocess.Popen[bytes]:
        made = subprocess.Popen(
            [EXECUTABLE, "worker", f"--concurrency={hands}", "--grace=0", "--no-input"],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.started.append(made)
        return made

    def store(self, **step: str) -> None:
        """Store a task of one request; ``step`` has the slot of a kind of secret, if any."""
        look = {"type": "http", "url": f"{self.site.url}/look", "query": {"n": "${inputs.n}"}}
        slots = {slot: {"type": kind} for kind, slot in step.items()}
        task = {"name": "Look", "slots": slots, "inputs": {"n": {"type": "integer"}}}
        task["steps"] = [look | {"local": True, "timeout": 60} | step]
        self.runner.tasks.put(json.dumps(task).encode())

    def wait(self, condition: Callable[[], bool]) -> None:
        ends = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < ends, Counter(run.state for run in self.runner.store.list(9))
            time.sleep(0.2)


@pytest.fixture
def place(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    names = ("RUNNER_HOME", "HOME", "XDG_CONFIG_HOME")
    environment = {name: str(tmp_path / "home") for name in names}
    environment |= {"PATH": os.environ["PATH"], "RUNNER_KEY_FILE": str(tmp_path / "keys" / "key")}
    with ExitStack() as held:
        if getattr(request, "param", "postgresql") == "postgresql":
            server, schema = map(request.getfixturevalue, ("postgres", "migrated"))
            url = held.enter_context(fresh_database(server, schema))
            environment["RUNNER_DATABASE_URL"] = url
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        runner = build(Settings.load(environment, tmp_path))
        runner.vault.create()
        made = Place(held.enter_context(served()), runner, environment)
        yield made
        for process in made.started:
            process.kill()
            process.wait()
        runner.store.engine.dispose()


def carried_out(place: Place, count: int, kills: int) -> Counter[State]:
    """Queue runs of three urgencies, have two workers carry them out, and kill some on the way."""
    place.store()
    chance = random.Random(8)  # noqa: S311 - the same each time
    for number in range(count):
        order = Order("Look", inputs={"n": number}, priority=chance.choice((-5, 0, 5)))
        place.runner.orders.place(order)
    workers = [place.worker(), place.worker()]
    for share in range(1, kills + 1):
        place.site.wait_for(share * count // (kills + 1))
        killed = chance.randrange(2)
        workers[killed].kill()
        workers[killed].wait()
        workers[killed] = place.worker()
    place.wait(lambda: not place.runner.store.active())
    check_order(place, count)
    return Counter(run.state for run in place.runner.store.list(count + 1))


def check_order(place: Place, count: int) -> None:
    """Nothing begins before what is more urgent, but for those that are taken at the same time."""
    begun = [run for run in place.runner.store.list(count + 1) if run.started_at is not None]
    begun.sort(key=lambda run: run.started_at or 0)
    assert len(begun) == count
    at_once = 4 * HANDS
    for at, run in enumerate(begun):
        assert all(later.priority <= run.priority for later in begun[at + at_once :])


def check_once(place: Place, count: int, ended: Counter[State], lost: int) -> None:
    """None is lost, and none was carried out twice."""
    seen = Counter(place.site.seen)
    assert sum(ended.values()) == count
    assert set(ended) <= {State.SUCCEEDED, State.INTERRUPTED}
    assert ended[State.INTERRUPTED] <= lost
    assert set(seen.values()) == {1}
    # Some that were interrupted had not got as far as the site.
    assert ended[State.SUCCEEDED] <= len(seen) <= count


def test_a_worker_that_was_killed_loses_no_run_and_none_is_carried_out_twice(place: Place) -> None:
    ended = carried_out(place, 40, kills=1)
    check_once(place, 40, ended, HANDS)


@pytest.mark.long
@pytest.mark.timeout(2 * PATIENCE)
@pytest.mark.parametrize("place", DATABASES, indirect=True)
def test_of_a_thousand_runs_none_is_lost_none_is_carried_out_twice_and_the_most_urgent_go_first(
    place: Place,
) -> None:
    ended = carried_out(place, 1000, kills=0)
    check_once(place, 1000, ended, 0)
    assert ended == {State.SUCCEEDED: 1000}


@pytest.mark.long
@pytest.mark.timeout(2 * PATIENCE)
@pytest.mark.parametrize("place", DATABASES, indirect=True)
def test_the_same_holds_when_workers_are_killed_on_the_way(place: Place) -> None:
    ended = carried_out(place, 1000, KILLS)
    check_once(place, 1000, ended, KILLS * HANDS)
    assert ended[State.SUCCEEDED] >= 1000 - KILLS * HANDS


LOGIN = {"username": "ann", "password": "canary-pass-1"}


def signed_in(
    place: Place, count: int, kind: str, fields: dict[str, str], enough: Callable[[], bool]
) -> None:
    """Queue runs that sign in with one secret, and have four workers carry out ``enough``."""
    policy = OriginPolicy.parse([place.site.url])
    card = place.runner.keep(NewSecret("Portal", kind, fields, policy))
    place.store(**{kind: "LOGIN"})
    for number in range(count):
        bound = {"LOGIN": card.id}
        place.runner.orders.place(Order("Look", inputs={"n": number}, bindings=bound))
    for _ in range(4):
        place.worker(2)
    place.wait(lambda: enough() or not place.runner.store.active())


@pytest.mark.parametrize("place", DATABASES, indirect=True)
def test_four_workers_sign_in_with_one_secret_one_at_a_time(place: Place) -> None:
    signed_in(place, 16, "basic_auth", LOGIN, lambda: False)
    assert place.site.most_inside == 1
    assert sorted(place.site.seen) == list(range(16))


def test_positive_control_runs_with_a_token_which_is_no_login_are_seen_at_once(
    place: Place,
) -> None:
    # A token is no login. Without its key alone a login would still wait: for its turn to sign in.
    fields = {"token": "canary-token-1"}
    signed_in(place, 16, "bearer_token", fields, lambda: place.site.most_inside > 1)
    assert place.site.most_inside > 1
