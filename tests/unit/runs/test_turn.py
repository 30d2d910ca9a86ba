"""A run waits for its turn to sign in, takes it from one that is gone, and gives up in the end."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from agent.errors import LoginFailed, SecretBusy
from agent.runs.memory import MemoryRunStore
from agent.runs.states import State
from agent.runs.turn import Turns

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass
class Card:
    name: str = "Hotel admin"


@dataclass
class Trail:
    run_id: str


@dataclass
class Board:
    """The trials of one secret in memory, shared by the runs."""

    holder: str = ""
    told: list[str] = field(default_factory=list)


@dataclass
class Twin:
    """``Trials`` on a board."""

    board: Board
    trail: Trail

    def holder(self, _cards: Sequence[Any]) -> str:
        return "" if self.board.holder in ("", self.trail.run_id) else self.board.holder

    def begin(self, cards: Sequence[Any]) -> str:
        held = self.holder(cards)
        if not held:
            self.board.holder = self.trail.run_id
        return held

    def end(self, _cards: Sequence[Any]) -> None:
        self.board.told.append(f"{self.trail.run_id} ended")
        self.board.holder = ""

    def cut_short(self, _cards: Sequence[Any], run_id: str) -> None:
        self.board.told.append(f"{run_id} cut short")
        self.board.holder = ""


CARDS: Any = [Card()]


@dataclass
class Scene:
    board: Board = field(default_factory=Board)
    store: MemoryRunStore = field(default_factory=lambda: MemoryRunStore(gone=lambda _w: False))
    notices: list[str] = field(default_factory=list)

    def turns(self, longest_wait: float = 60.0) -> tuple[str, Turns]:
        """Start a run; gives its id and its turns."""
        run = self.store.add("demo", "{}")
        assert self.store.claim(run.id, "one") is not None
        trials: Any = Twin(self.board, Trail(run.id))
        return run.id, Turns(trials, self.store, self.notices.append, longest_wait)


@pytest.fixture
def scene() -> Scene:
    return Scene()


async def most_at_once(scene: Scene, cards: Any) -> int:
    """Let three runs sign in together; gives how many had the turn at one moment."""
    inside: list[str] = []
    most = 0

    async def sign_in(run_id: str, turns: Turns) -> None:
        nonlocal most
        async with turns.turn(cards):
            inside.append(run_id)
            most = max(most, len(inside))
            await asyncio.sleep(0)
            inside.remove(run_id)

    await asyncio.gather(*(sign_in(*scene.turns()) for _ in range(3)))
    return most


async def test_two_runs_never_have_the_turn_at_once(scene: Scene) -> None:
    assert await most_at_once(scene, []) == 3  # without turns
    assert await most_at_once(scene, CARDS) == 1
    assert len(scene.board.told) == 3
    assert any("is signing in with Hotel admin: waiting" in notice for notice in scene.notices)


async def test_a_step_that_fails_has_an_outcome(scene: Scene) -> None:
    run_id, turns = scene.turns()
    with pytest.raises(LoginFailed):
        async with turns.turn(CARDS):
            raise LoginFailed("no", outcome="bad_credentials")
    assert scene.board.told == [f"{run_id} ended"]


async def test_a_step_that_is_cut_short_has_none(scene: Scene) -> None:
    run_id, turns = scene.turns()
    typing = asyncio.Event()

    async def sign_in() -> None:
        async with turns.turn(CARDS):
            typing.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(sign_in())
    await typing.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert scene.board.told == [f"{run_id} cut short"]


async def test_the_turn_of_a_run_that_is_over_is_taken(scene: Scene) -> None:
    dead, _ = scene.turns()
    scene.board.holder = dead
    scene.store.gone = lambda _worker: True
    assert scene.store.sweep() == [dead]
    scene.store.gone = lambda _worker: False
    run_id, turns = scene.turns()
    async with turns.turn(CARDS):
        assert scene.board.holder == run_id
    assert scene.board.told == [f"{dead} cut short", f"{run_id} ended"]
    assert scene.store.get(dead).state is State.INTERRUPTED
    assert not scene.notices


async def test_who_waits_too_long_is_told_for_whom(scene: Scene) -> None:
    other, _ = scene.turns()
    scene.board.holder = other
    _, turns = scene.turns(longest_wait=-1.0)
    with pytest.raises(SecretBusy, match=f"run {other[:8]} is signing in with Hotel admin"):
        async with turns.turn(CARDS):
            pytest.fail("it was not its turn")
    assert scene.board.holder == other


async def test_without_a_secret_to_try_there_is_no_turn_to_wait_for(scene: Scene) -> None:
    scene.board.holder = "someone"
    async with scene.turns()[1].turn([]):
        assert scene.board.holder == "someone"
