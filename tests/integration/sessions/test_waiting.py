"""`concurrency: 1` on a slot: of two commands at once the second waits, and can be stopped."""

from __future__ import annotations

import asyncio
import json
import signal
from typing import TYPE_CHECKING

import pytest

from tests.leak.job import ROOT, RUNNER, Workplace

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE = 120.0


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path / "user")


class Service:
    """Answers a request when it is let go, and remembers how many there were at once."""

    def __init__(self) -> None:
        self.came, self.go = asyncio.Semaphore(0), asyncio.Event()
        self.now = self.most = self.count = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.now, self.count = self.now + 1, self.count + 1
        self.most = max(self.most, self.now)
        self.came.release()
        await self.go.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
        await writer.drain()
        self.now -= 1
        writer.close()


async def test_runs_of_a_slot_that_says_so_wait_in_line_and_can_leave_it(place: Workplace) -> None:
    service = Service()
    async with await asyncio.start_server(service.answer, "127.0.0.1", 0) as server:
        origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        words = _stored(place, origin)
        alone, shared = _task(place, origin, {"concurrency": 1}), _task(place, origin, {})
        first = await _runner(place, *words, alone)
        await asyncio.wait_for(service.came.acquire(), PATIENCE)
        leaving, staying = [await _runner(place, *words, alone) for _ in range(2)]
        for waiting in (leaving, staying):
            assert waiting.stderr
            said = await asyncio.wait_for(waiting.stderr.readline(), PATIENCE)
            assert b"with the same login goes first: waiting for its turn" in said
        assert service.most == 1
        # Positive control: the same task without the key does not wait.
        other = await _runner(place, *words, shared)
        await asyncio.wait_for(service.came.acquire(), PATIENCE)
        assert service.most == 2
        leaving.send_signal(signal.SIGINT)
        await asyncio.wait_for(leaving.communicate(), PATIENCE)
        assert leaving.returncode == 130
        service.go.set()
        for run in (first, staying, other):
            assert (await asyncio.wait_for(run.communicate(), PATIENCE), run.returncode)[1] == 0
    assert service.count == 3


def _task(place: Workplace, origin: str, alone: dict[str, int]) -> str:
    slot = {"type": "bearer_token", "origins": [origin], **alone}
    step = {"type": "http", "url": f"{origin}/", "bearer_token": "LOGIN", "local": True}
    path = place.folder / f"task-{len(alone)}.json"
    task = {"name": "waits", "slots": {"LOGIN": slot}, "steps": [step]}
    path.write_text(json.dumps(task), "utf-8")
    return str(path)


def _stored(place: Workplace, origin: str) -> list[str]:
    """Store the secret, and give the words that use it."""
    words = ["secrets", "add", "--name", "Desk", "--type", "bearer_token", "--origin", origin]
    fields = json.dumps({"token": "a-token-of-the-desk-1"}).encode()
    assert place.call(*words, "--stdin", stdin=fields).code == 0
    return ["run", "--bind", "LOGIN=Desk", "--no-input"]


async def _runner(place: Workplace, *words: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        str(RUNNER),
        *words,
        cwd=ROOT,
        env=place.environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
