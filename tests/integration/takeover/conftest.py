"""A data folder, a run that waits for a person, and the person."""

from __future__ import annotations

import asyncio
import io
import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from agent.browser.person_acts import PersonAct
from agent.errors import NotFound
from agent.runs.options import RunOptions
from agent.runs.watcher import NobodyWatches
from agent.settings import Settings
from agent.wiring import build

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from agent.runner import Runner
    from agent.runner.taking_over import Frame
    from agent.runs.report import Report
    from agent.runs.takeover import Takeover
    from fixtures.login_site.accounts import Account
    from fixtures.login_site.serving import Site

PATIENCE = 40.0


class Asked(NobodyWatches):
    """Hears which run it is, and what is said to who waits at a terminal."""

    def __init__(self) -> None:
        self.run_id = ""
        self.began = asyncio.Event()
        self.notices: list[str] = []

    def run_started(self, run_id: str, task: str) -> None:  # noqa: ARG002 - the protocol's
        self.run_id = run_id
        self.began.set()

    def notice(self, text: str) -> None:
        self.notices.append(text)


@dataclass
class Person:
    """Someone who takes over; what they see is kept."""

    runner: Runner
    run_id: str
    frames: list[Frame] = field(default_factory=list)
    stands: Takeover | None = None
    watching: bool = True

    async def wait_for(self, condition: Callable[[], bool], *, watching: bool = True) -> None:
        """Look until something is so; who is ``watching`` looks at the page as well."""
        self.watching = watching
        async with asyncio.timeout(PATIENCE):
            await asyncio.to_thread(self.watched)
            while not condition():
                await asyncio.sleep(0.05)
                await asyncio.to_thread(self.watched)

    def watched(self) -> None:
        over = self.runner.taking_over
        self.stands = over.look(self.run_id)
        if self.stands is not None and self.watching:
            with suppress(NotFound):  # it may have gone on by now
                over.watch(self.run_id)
        frame = over.frame(self.run_id)
        if frame is not None and (not self.frames or frame.number != self.frames[-1].number):
            self.frames.append(frame)

    async def needed(self) -> Takeover:
        await self.wait_for(lambda: self.stands is not None)
        assert self.stands is not None
        return self.stands

    async def seen(self) -> Frame:
        """Wait for another picture than those there were."""
        before = len(self.frames)
        await self.wait_for(lambda: len(self.frames) > before)
        return self.frames[-1]

    async def do(self, *acts: dict[str, Any]) -> None:
        """Do something in the page, and wait until the worker has done it."""
        made = [PersonAct.model_validate(act) for act in acts]
        await asyncio.to_thread(self.runner.taking_over.act, self.run_id, made)
        await self.wait_for(lambda: self.stands is None or self.stands.waiting == 0)

    async def take(self) -> None:
        await asyncio.to_thread(self.runner.taking_over.take, self.run_id)

    async def give_back(self) -> None:
        await asyncio.to_thread(self.runner.taking_over.give_back, self.run_id)


@dataclass
class Scene:
    """One data folder; the run that was begun last, and its person."""

    folder: Path
    site: Site
    runner: Runner
    asked: Asked = field(default_factory=Asked)
    running: asyncio.Task[Report] | None = None

    def begin(
        self, *steps: Any, bind: dict[str, str] | None = None, **options: Any
    ) -> asyncio.Task[Report]:
        path = self.folder / "task.json"
        slots = {"slots": {name: {"type": "login"} for name in bind}} if bind else {}
        path.write_text(json.dumps({"name": "x", "steps": steps} | slots), "utf-8")
        plan = self.runner.plan(path, bind or {}, {})
        given = RunOptions(**({"wait_for_person": PATIENCE} | options))
        self.running = asyncio.create_task(self.runner.run(plan, given, self.asked))
        return self.running

    async def person(self) -> Person:
        async with asyncio.timeout(PATIENCE):
            await self.asked.began.wait()
        return Person(self.runner, self.asked.run_id)

    def bind(self, account: Account) -> dict[str, str]:
        """Keep an account of the site, and bind it."""
        fields = {"username": account.username, "password": account.password}
        card = self.runner.add_secret("hotel", "login", fields, [self.site.origin])
        return {"HOTEL": card.id}

    def kinds(self) -> list[str]:
        """Name what happened in the run."""
        return [one.kind for one in self.runner.events.since(self.asked.run_id)]

    def audited(self) -> list[str]:
        """Name what was audited about taking over."""
        rows = self.runner.vault.trail().rows()
        over = {"taken_over", "given_back"}
        return [f"{row['action']} {row['detail']}" for row in rows if row["action"] in over]


@pytest.fixture
async def scene(tmp_path: Path, site: Site) -> AsyncIterator[Scene]:
    key = str(tmp_path / "keys" / "vault.key")
    environ = {"RUNNER_HOME": str(tmp_path / "home"), "RUNNER_KEY_FILE": key}
    runner = build(Settings.load(environ, tmp_path))
    runner.vault.create()
    made = Scene(tmp_path, site, runner)
    yield made
    if made.running is not None and not made.running.done():
        made.running.cancel()
        await asyncio.gather(made.running, return_exceptions=True)
    runner.store.engine.dispose()


WORD_FIELD = (967.0, 432.0)
"""Where the word goes on the page with the puzzle, at 1280 by 720."""
PUZZLE = (815.0, 295.0)
PAPER = (255, 233, 176)
"""The puzzle's own colour, at a place where none of its letters is."""


def colour(frame: Frame, place: tuple[float, float]) -> tuple[int, ...]:
    """Give the colour of a picture at a place, roughly: pictures are lossy."""
    with Image.open(io.BytesIO(frame.content)) as picture:
        found = picture.convert("RGB").getpixel((round(place[0]), round(place[1])))
    assert isinstance(found, tuple)
    return found


def is_like(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(abs(a - b) < 12 for a, b in zip(one, other, strict=True))


def click(x: float, y: float) -> dict[str, Any]:
    return {"kind": "click", "x": x, "y": y}


def text(typed: str) -> dict[str, Any]:
    return {"kind": "text", "text": typed}


def key(name: str, **more: bool) -> dict[str, Any]:
    return {"kind": "key", "key": name, **more}
