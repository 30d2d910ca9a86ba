"""Drivers that a worker lends to its runs in turn: quick, and no run finds another's things."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from agent.browser.drivers import Kept
from agent.browser.folder import PrivateFolder
from agent.browser.opening import open_session
from agent.browser.options import BrowserOptions
from agent.vault.open import RunSecrets
from tests.integration.browser.test_session import processes_in, wait_for_end

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from agent.browser.session import Session

pytestmark = pytest.mark.browser

PAGE = "data:text/html,<title>here</title>"


@dataclass
class Bench:
    """Drivers, and the folders that were made for them."""

    root: Path
    kept_for: float = 600.0
    folders: list[Path] = field(default_factory=list)
    drivers: Kept = field(init=False)

    def __post_init__(self) -> None:
        self.drivers = Kept(self.private_folder, self.kept_for)

    @contextmanager
    def private_folder(self) -> Iterator[PrivateFolder]:
        with PrivateFolder.create(self.root) as folder:
            self.folders.append(folder.path)
            yield folder

    @asynccontextmanager
    async def run(self) -> AsyncIterator[Session]:
        """Open a browser as a run does, on a driver of these."""
        async with AsyncExitStack() as stack:
            folder = stack.enter_context(PrivateFolder.create(self.root))
            secrets = stack.enter_context(RunSecrets(()))
            opened = open_session(BrowserOptions(), secrets, folder, self.drivers)
            session = await stack.enter_async_context(opened)
            await session.page.goto(PAGE)
            yield session

    def pids(self) -> set[int]:
        """Name the processes of all drivers that were started."""
        return {pid for folder in self.folders for pid in processes_in(folder)}

    def left(self) -> list[str]:
        """Name what lies in the drivers' folders beside the places for it."""
        return [str(path) for folder in self.folders for path in folder.glob("*/*")]


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(tmp_path)
    yield made
    await made.drivers.close()
    assert made.pids() == set()
    assert not any(folder.exists() for folder in made.folders)


async def test_runs_in_turn_have_one_driver_and_find_its_folder_empty(bench: Bench) -> None:
    async with bench.run() as session:
        first = bench.pids()
        # The browser's profile: there while it runs.
        assert bench.left()
        await session.page.goto(PAGE)
    assert bench.left() == []
    async with bench.run():
        assert bench.pids() == first
    assert len(bench.folders) == 1


async def test_runs_at_one_time_have_one_each(bench: Bench) -> None:
    async with bench.run(), bench.run():
        assert len(bench.folders) == 2
    async with bench.run(), bench.run():
        assert len(bench.folders) == 2


async def test_what_a_run_left_in_a_drivers_folder_is_gone_before_the_next(bench: Bench) -> None:
    async with bench.run():
        [folder] = bench.folders
        (folder / "home" / "left").mkdir()
        (folder / "home" / "left" / "state").write_text("of the first run")
        (folder / "tmp" / "file").write_text("of the first run")
    assert bench.left() == []
    async with bench.run():
        assert bench.folders == [folder]


async def test_a_driver_whose_run_did_not_end_well_is_not_lent_again(bench: Bench) -> None:
    async def cut_off() -> None:
        async with bench.run():
            raise ConnectionError("the run ends here")

    with pytest.raises(ConnectionError):
        await cut_off()
    assert bench.pids() == set()
    assert not bench.folders[0].exists()
    async with bench.run():
        assert len(bench.folders) == 2


async def test_a_driver_whose_run_is_cut_off_while_it_is_given_back_ends_as_well(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked, cut = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def slow(_folder: PrivateFolder) -> bool:
        loop.call_soon_threadsafe(looked.set)
        return cut.wait(30)

    async def run() -> None:
        async with bench.run():
            pass

    monkeypatch.setattr("agent.browser.drivers._emptied", slow)
    running = asyncio.create_task(run())
    await looked.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    cut.set()
    assert bench.pids() == set()
    assert not bench.folders[0].exists()


async def test_a_driver_that_died_meanwhile_is_not_lent(bench: Bench) -> None:
    async with bench.run():
        [driver] = bench.pids()
    os.kill(driver, signal.SIGKILL)
    assert wait_for_end(iter([driver]), 10)
    async with bench.run():
        assert len(bench.folders) == 2
        assert driver not in bench.pids()
    assert not bench.folders[0].exists()


async def test_an_idle_driver_ends_by_itself(tmp_path: Path) -> None:
    bench = Bench(tmp_path, kept_for=0.05)
    async with bench.run():
        assert len(bench.pids()) == 1
    [idle] = bench.drivers._idle
    assert idle.ending is not None
    await idle.ending
    assert bench.pids() == set()
    assert not bench.folders[0].exists()


async def test_a_driver_serves_so_many_runs_and_no_more(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.browser.drivers.MOST_RUNS", 2)
    for count in (1, 1, 2):
        async with bench.run():
            assert len(bench.folders) == count
