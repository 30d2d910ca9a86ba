"""Hosts: worker processes on one database, and the site that sees what they do.

What a worker did is judged from the requests of the site alone, never from our own records.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from agent.runner.orders import Order
from agent.settings import Settings
from agent.wiring import build
from tests.standins.processes import kill_workers_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from agent.runner import Runner
    from agent.runs.states import State

ROOT = Path(__file__).parents[2]
EXECUTABLE = Path(sys.executable).parent / "runner"
PATIENCE = 100.0

Process = subprocess.Popen[bytes]


@dataclass(frozen=True)
class Seen:
    """One request: its path, its number, when it came, and the credential it carried."""

    path: str
    number: int
    at: float
    credential: str


@dataclass
class Site:
    """Notes every request; ``/hold`` is answered when its number is let go."""

    url: str = ""
    requests: list[Seen] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)
    _let_go: set[int] = field(default_factory=set)

    @property
    def seen(self) -> list[tuple[str, int]]:
        """What was asked for, in order."""
        return [(one.path, one.number) for one in self.requests]

    def times(self, path: str) -> Counter[int]:
        """How often each number was asked for at a path."""
        with self.changed:
            return Counter(number for at, number in self.seen if at == path)

    def wait(self, condition: Callable[[], bool]) -> None:
        """Wait until the requests seen so far are as wanted."""
        with self.changed:
            assert self.changed.wait_for(condition, PATIENCE), self.seen

    def wait_for(self, path: str, number: int) -> None:
        """Wait for one request."""
        self.wait(lambda: (path, number) in self.seen)

    def let_go(self, *numbers: int) -> None:
        """Answer what holds."""
        with self.changed:
            self._let_go.update(numbers)
            self.changed.notify_all()

    def forget(self) -> None:
        """Begin anew."""
        with self.changed:
            self.requests.clear()
            self._let_go.clear()

    def asked(self, path: str, number: int, credential: str) -> None:
        """Note a request, and hold it where it is to be held."""
        with self.changed:
            self.requests.append(Seen(path, number, time.monotonic(), credential))
            self.changed.notify_all()
            if path == "/hold":
                self.changed.wait_for(lambda: number in self._let_go, PATIENCE)


@contextmanager
def running_site(address: str = "127.0.0.1") -> Iterator[Site]:
    """Serve a site on a free port of an address of this machine."""
    site = Site()

    class Desk(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            number = int(parse_qs(parts.query).get("n", ["0"])[0])
            site.asked(parts.path, number, self.headers.get("Authorization", ""))
            body = b"<title>here</title><p>here</p><label>Code <input name=code></label>"
            with suppress(OSError):  # whoever asked may be gone
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

    server = Server((address, 0), Desk)
    site.url = f"http://{address}:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Place:
    """A data folder, the database of it, and the workers on both.

    ``database`` is the URL of a PostgreSQL database, or empty for the folder's own SQLite file.
    """

    home: Path
    site: Site
    runner: Runner
    database: str = ""
    more: Mapping[str, str] = field(default_factory=dict)
    started: list[Process] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """What a worker's process is given."""
        return {"PATH": os.environ["PATH"]} | surroundings(self.home, self.database) | self.more

    def store(self, paths: Sequence[str] = ("/begin", "/hold", "/end"), **more: Any) -> None:
        """Store a task of requests, each with the run's number; ``/hold`` holds."""
        steps = [
            {"type": "http", "url": f"{self.site.url}{path}", "query": {"n": "${inputs.n}"}}
            | {"local": True, "timeout": PATIENCE}
            for path in paths
        ]
        task = {"name": "Knock", "inputs": {"n": {"type": "integer"}}, "steps": steps}
        self.runner.tasks.put(json.dumps(task | more).encode())

    def place(self, number: int, **choice: Any) -> str:
        """Queue a run with a number; gives its id."""
        return self.runner.orders.place(Order("Knock", inputs={"n": number}, **choice)).id

    def worker(self, concurrency: int, *options: str) -> Process:
        """Start the worker that people start."""
        return self.start([EXECUTABLE, "worker", f"--concurrency={concurrency}", *options])

    def crew(
        self, concurrency: int, *without: str, before: Sequence[str] = (), **choice: Any
    ) -> Process:
        """Start one with short leases, and perhaps without one of its guards.

        ``host`` names another machine, whose processes nobody here can look at; ``before`` is a
        program that starts it; ``clock_off`` are the seconds its clock is ahead. Other choices are
        those of ``tests.standins.crew``.
        """
        off = choice.pop("clock_off", 0.0)
        clock = ["tests.standins.clock", str(off)] if off else []
        named = [f"--{name.replace('_', '-')}={value}" for name, value in choice.items()]
        removed = [f"--without={name}" for name in without]
        program = [sys.executable, "-m", *clock, "tests.standins.crew", str(concurrency)]
        return self.start([*before, *program, *removed, *named])

    def start(self, program: Sequence[Any]) -> Process:
        """Start a program on this place, in a process group of its own."""
        made = subprocess.Popen(
            program,
            cwd=self.home,
            env=self.environment | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=None if os.environ.get("SHOW_WORKERS") else subprocess.DEVNULL,
            start_new_session=True,
        )
        self.started.append(made)
        return made

    def state(self, run_id: str) -> State:
        """Give a run's state."""
        return self.runner.store.get(run_id).state

    def wait(self, condition: Callable[[], bool], patience: float = PATIENCE) -> float:
        """Wait until the store stands as wanted; gives how long that took."""
        begun = time.monotonic()
        while not condition():
            if time.monotonic() > begun + patience:
                states = [(run.state.value, run.attempt) for run in self.runner.store.list()]
                raise AssertionError(f"in {patience} s it did not come about: {states}")
            time.sleep(0.05)
        return time.monotonic() - begun

    def ended(self, *run_ids: str) -> None:
        """Wait until runs have ended."""
        self.wait(lambda: all(self.state(run_id).ended for run_id in run_ids))

    def end(self) -> None:
        """Kill what was started here, and whatever it has started."""
        for process in self.started:
            killed(process)
        # A server's worker is in a group of its own.
        kill_workers_of(self.home)
        self.runner.store.engine.dispose()


def surroundings(home: Path, database: str = "") -> dict[str, str]:
    """Give the environment of whoever works on a place."""
    folders = {name: str(home) for name in ("RUNNER_HOME", "HOME", "XDG_CONFIG_HOME")}
    folders["RUNNER_KEY_FILE"] = str(home / "keys" / "key")
    return folders | ({"RUNNER_DATABASE_URL": database} if database else {})


def made_place(home: Path, site: Site, database: str = "", **more: str) -> Place:
    """Make a place with a stored task. The calling process has its ``surroundings``."""
    runner = build(Settings.load(surroundings(home, database) | more, home))
    made = Place(home, site, runner, database, more)
    made.store()
    return made


def killed(process: Process) -> None:
    """Kill a worker's whole process group, as the end of a machine would."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def all_stopped(pid: int) -> bool:
    """Tell whether every thread of a process stands still."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return all((one / "stat").read_text().rpartition(")")[2].split()[0] == "T" for one in threads)


def freeze(place: Place, worker: Process) -> None:
    """Stop a worker that does not hold the database's one lock just then: SQLite has no lease."""
    while True:
        worker.send_signal(signal.SIGSTOP)
        place.wait(lambda: all_stopped(worker.pid))
        if place.database or _unlocked(place.home / "runner.db"):
            return
        worker.send_signal(signal.SIGCONT)
        time.sleep(0.1)  # it was writing: let it come to an end


def _unlocked(file: Path) -> bool:
    database = sqlite3.connect(file, timeout=1, isolation_level=None)
    with closing(database), suppress(sqlite3.OperationalError):
        database.execute("BEGIN IMMEDIATE")
        return True
    return False
