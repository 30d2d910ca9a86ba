"""Pages of the server while fifty people watch one run, beside an empty page of the same moment.

``python -m benchmarks.server [ROUNDS]``. A ``runner serve`` of its own has 200 ended runs in its
list and one that goes on; fifty readers are connected to that run's page (server-sent events), and
something happens in it every fifth of a second. Meanwhile each page is asked for in turn with an
empty one (a list of webhooks that has none). What is told is what a browser waits for, over
loopback: the server's time and a little more. The goal is 200 ms for 95 of 100.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx

from agent.runs.claim import LeaseTimes
from agent.runs.report import Report, StepReport
from agent.runs.states import State
from agent.settings import Settings
from agent.wiring import build

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.runner import Runner
    from agent.runs.claim import Claim
    from agent.runs.events import Told
    from agent.runs.store import RunStore

ROUNDS: Final = 40
WATCHERS: Final = 50
RUNS: Final = 200
STEPS: Final = 12
EVERY: Final = 0.2
GOAL: Final = 0.2
EMPTY: Final = "/webhooks"
LEASE: Final = LeaseTimes(ttl=3600.0)
ORIGIN: Final = "https://hotel.example"
TASK: Final = {
    "name": "Guests",
    "slots": {"HOTEL": {"type": "login", "origins": [ORIGIN]}},
    "steps": [
        {"type": "sign_in", "slot": "HOTEL", "url": f"{ORIGIN}/login"},
        *[{"type": "goto", "url": f"{ORIGIN}/{page}"} for page in range(STEPS - 1)],
    ],
}


@dataclass(slots=True)
class Served:
    """A server with somebody signed in, and the runner of its data folder."""

    url: str
    cookie: str
    runner: Runner
    events: int = 0
    read: list[int] = field(default_factory=list)

    def client(self) -> httpx.Client:
        """Give a browser's connection."""
        return httpx.Client(base_url=self.url, headers=self.headers, timeout=30)

    @property
    def headers(self) -> dict[str, str]:
        """Give what pages of the server's own send."""
        return {"cookie": self.cookie, "sec-fetch-site": "same-origin"}


def main(rounds: int = ROUNDS) -> int:
    """Measure, and print a line for each page; 1 where one is slower than the goal."""
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as server:
        claim = furnish(server)
        pages = ["/runs", f"/runs/{claim.run_id}", "/tasks", "/secrets", "/audit", "/figures"]
        pages += ["/api/v1/runs?limit=200", f"/api/v1/runs/{claim.run_id}/logs"]
        alone = measure(server, [EMPTY], rounds)[EMPTY]
        watched = asyncio.run(watch(server, claim, pages, rounds))
    sys.stdout.write(
        f"{WATCHERS} watchers saw {min(server.read)} to {max(server.read)} changes, and "
        f"{server.events} things happened; {rounds} rounds\n"
        f"an empty page with nobody watching: {statistics.median(alone) * 1000:.0f} ms\n"
    )
    slow = [page for page, times in watched.items() if _tell(page, times, watched[EMPTY]) > GOAL]
    return 1 if slow else 0


@contextlib.contextmanager
def served(folder: Path) -> Iterator[Served]:
    """Start a server as a person does, and become its owner."""
    home = {"RUNNER_HOME": str(folder / "home"), "RUNNER_KEY_FILE": str(folder / "keys/vault.key")}
    ports = [str(port) for port in _free_ports()]
    words = ["serve", "--no-input", "--no-worker", "--port", ports[0], "--artifacts-port", ports[1]]
    command = [str(Path(sys.executable).parent / "runner"), *words]
    told = folder / "serve.log"
    with told.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - this checkout's own program
            command, env={**os.environ, **home}, stdout=log, stderr=log
        )
    try:
        link = _link(process, told)
        url = f"http://localhost:{ports[0]}"
        chosen = {"link": link, "name": "ann", "password": secrets.token_urlsafe(24)}
        answer = httpx.post(f"{url}/api/v1/session/link", json=chosen, timeout=60)
        cookie = answer.raise_for_status().headers["set-cookie"].partition(";")[0]
        yield Served(url, cookie, build(Settings.load(home, folder)))
    finally:
        process.terminate()
        process.wait(30)


def furnish(server: Served) -> Claim:
    """Put a task, a secret and 200 ended runs there; gives the run that goes on."""
    with server.client() as client:
        fields = {"username": "ann", "password": secrets.token_urlsafe(16)}
        new = {"name": "Hotel", "type": "login", "fields": fields, "origins": [ORIGIN]}
        secret = client.post("/api/v1/secrets", json=new).raise_for_status().json()["id"]
        client.post("/api/v1/tasks", json=TASK).raise_for_status()
        wish = {"task": "Guests", "secret_bindings": {"HOTEL": secret}}
        for _ in range(RUNS + 1):
            client.post("/api/v1/runs", json=wish).raise_for_status()
    store = server.runner.store
    store.times = LEASE
    *ended, goes_on = [run.id for run in reversed(store.list(RUNS + 1))]
    for run_id in ended:
        _end(store, run_id)
    claim = store.claim(goes_on, "benchmark")
    if claim is None:
        raise RuntimeError("the run that is watched was taken")
    return claim


def _end(store: RunStore, run_id: str) -> None:
    claim = store.claim(run_id, "benchmark")
    if claim is None:
        raise RuntimeError("a run was taken")
    for told in _happening(STEPS):
        store.told(claim, [told])
    steps = tuple(
        StepReport(number, "goto", f"open page {number}", "passed", "passed", 0.4)
        for number in range(STEPS)
    )
    rows = [{"room": str(room), "guest": f"guest {room}"} for room in range(20)]
    report = Report(run_id, "Guests", "succeeded", "passed", steps, {"guests": rows})
    store.finish(claim, State.SUCCEEDED, "passed", report.to_json())


def _happening(steps: int) -> Iterator[Told]:
    for line in range(steps):
        title = f"open page {line}"
        yield "step_started", {"line": line, "title": title}
        told = {"line": line, "title": title, "status": "passed", "outcome": "passed"}
        yield "step_finished", {**told, "seconds": 0.4}


async def watch(
    server: Served, claim: Claim, pages: list[str], rounds: int
) -> dict[str, list[float]]:
    """Measure the pages while everyone watches the run and something happens in it."""
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(headers=server.headers, limits=limits, timeout=60) as readers:
        watching = [asyncio.create_task(_read(server, readers, claim)) for _ in range(WATCHERS)]
        happening = asyncio.create_task(_happen(server, claim))
        times = await asyncio.to_thread(measure, server, [EMPTY, *pages], rounds)
        happening.cancel()
        await asyncio.gather(happening, return_exceptions=True)
        report = Report(claim.run_id, "Guests", "succeeded", "passed").to_json()
        finish = server.runner.store.finish
        await asyncio.to_thread(finish, claim, State.SUCCEEDED, "passed", report)
        server.read = await asyncio.gather(*watching)
    return times


async def _read(server: Served, readers: httpx.AsyncClient, claim: Claim) -> int:
    """Read the run's page as it changes; gives how often it did."""
    changed = 0
    async with readers.stream("GET", f"{server.url}/runs/{claim.run_id}/live") as answer:
        async for line in answer.aiter_lines():
            changed += line.startswith("id:")
    return changed


async def _happen(server: Served, claim: Claim) -> None:
    while True:
        for told in _happening(STEPS):
            await asyncio.to_thread(server.runner.store.told, claim, [told])
            server.events += 1
            await asyncio.sleep(EVERY)


def measure(server: Served, pages: list[str], rounds: int) -> dict[str, list[float]]:
    """Ask for each page in turn, so often, over one connection; the first time does not count."""
    times: dict[str, list[float]] = {page: [] for page in pages}
    with server.client() as client:
        for turn in range(rounds + 1):
            for page in pages:
                began = time.perf_counter()
                answer = client.get(page)
                took = time.perf_counter() - began
                answer.raise_for_status()
                if turn:
                    times[page].append(took)
    return times


def _tell(page: str, times: list[float], empty: list[float]) -> float:
    """Print a page's line; gives what 95 of 100 answers took at most."""
    # Inclusive: of few rounds the other method makes a time that none of them took.
    slowest = statistics.quantiles(times, n=20, method="inclusive")[-1]
    ratio = statistics.median(times) / statistics.median(empty)
    name = re.sub(r"[0-9a-f-]{36}", "RUN", page)
    told = f"{statistics.median(times) * 1000:.0f} ms, 95 of 100 within {slowest * 1000:.0f} ms"
    sys.stdout.write(f"{name}: {told}, {ratio:.1f} times an empty page\n")
    return slowest


def _link(process: subprocess.Popen[bytes], told: Path) -> str:
    while process.poll() is None:
        found = re.search(r"/welcome#(\S+)", told.read_text("utf-8"))
        if found:
            return found[1]
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.1)
    raise RuntimeError(told.read_text("utf-8"))


def _free_ports() -> list[int]:
    opened = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    ports = [one.getsockname()[1] for one in opened]
    for one in opened:
        one.close()
    return ports


if __name__ == "__main__":
    raise SystemExit(main(*(int(word) for word in sys.argv[1:2])))
