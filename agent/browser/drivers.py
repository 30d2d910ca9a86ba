"""Playwright's driver for a run: one of its own, or one that a worker lends to its runs in turn.

Starting a driver takes three times as much of a processor as starting the browser. So a worker
keeps the driver of a run that ended well for the next one, half a minute at most. Two runs never
have one at the same time, and what a run left in its folder is removed before it is lent again.
"""

from __future__ import annotations

import asyncio
import shutil
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from playwright.async_api import Error as PlaywrightError

from agent.browser.launching import start_driver

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager, AbstractContextManager

    from playwright.async_api import Playwright

    from agent.browser.folder import PrivateFolder
    from agent.browser.options import BrowserOptions

KEPT_FOR: Final = 30.0
"""Seconds an idle driver waits for another run."""
MOST_RUNS: Final = 50
"""Runs that one driver serves: what it remembers of them goes with it."""
_ANSWERS_IN: Final = 2.0


@dataclass(slots=True)
class Lent:
    """A driver for one run. Whoever could not close all they opened says that it is ``spoilt``."""

    playwright: Playwright
    spoilt: bool = False


class Drivers(Protocol):
    """Where runs have their drivers from."""

    def lend(
        self, options: BrowserOptions, folder: PrivateFolder
    ) -> AbstractAsyncContextManager[Lent]:
        """Give a driver for as long as the block lasts; ``folder`` is the run's own."""


class OneEach:
    """Every run has its own, which writes into the run's folder and ends with it."""

    @asynccontextmanager
    async def lend(self, options: BrowserOptions, folder: PrivateFolder) -> AsyncIterator[Lent]:
        """Start a driver, and stop it after."""
        async with AsyncExitStack() as stack:
            yield Lent(await start_driver(stack, options, folder))


@dataclass(slots=True, eq=False)
class _Driver:
    playwright: Playwright
    folder: PrivateFolder
    headed: bool
    stack: AsyncExitStack
    runs: int = 0
    ending: asyncio.Task[None] | None = None

    async def answers(self) -> bool:
        """Tell whether it is still there."""
        try:
            async with asyncio.timeout(_ANSWERS_IN):
                await (await self.playwright.request.new_context()).dispose()
        except (PlaywrightError, TimeoutError):
            return False
        return True

    async def stop(self) -> None:
        """End it, and remove its folder."""
        await self.stack.aclose()


@dataclass(slots=True)
class Kept:
    """The drivers of one worker, each in a private folder of its own; one event loop's.

    ``kept_for`` is in seconds. Who has made one calls ``close`` in the end.
    """

    private_folder: Callable[[], AbstractContextManager[PrivateFolder]]
    kept_for: float = KEPT_FOR
    _idle: list[_Driver] = field(default_factory=list)

    @asynccontextmanager
    async def lend(self, options: BrowserOptions, folder: PrivateFolder) -> AsyncIterator[Lent]:  # noqa: ARG002 - the driver outlives it
        """Lend an idle driver, or start one; it is kept where the run ended well."""
        driver = await self._idle_one(headed=options.headed) or await self._started(options)
        lent, well = Lent(driver.playwright), False
        try:
            yield lent
            well = not lent.spoilt
        finally:
            driver.runs += 1
            await self._given_back(driver, well=well and driver.runs < MOST_RUNS)

    async def close(self) -> None:
        """End all that are idle."""
        while self._idle:
            driver = self._taken(self._idle[-1])
            await driver.stop()

    async def _idle_one(self, *, headed: bool) -> _Driver | None:
        while fitting := [one for one in self._idle if one.headed == headed]:
            driver = self._taken(fitting[-1])
            answers = False
            try:
                answers = await driver.answers()
            finally:
                if not answers:
                    await driver.stop()
            if answers:
                return driver
        return None

    async def _started(self, options: BrowserOptions) -> _Driver:
        async with AsyncExitStack() as stack:
            folder = stack.enter_context(self.private_folder())
            playwright = await start_driver(stack, options, folder)
            return _Driver(playwright, folder, options.headed, stack.pop_all())

    async def _given_back(self, driver: _Driver, *, well: bool) -> None:
        """Keep a driver that can be lent again; end any other, also where this is cancelled."""
        kept = False
        try:
            kept = well and await asyncio.to_thread(_emptied, driver.folder)
        finally:
            if not kept:
                await driver.stop()
        if kept:
            self._idle.append(driver)
            driver.ending = asyncio.create_task(self._ended(driver))

    def _taken(self, driver: _Driver) -> _Driver:
        self._idle.remove(driver)
        if driver.ending is not None:
            driver.ending.cancel()
        return driver

    async def _ended(self, driver: _Driver) -> None:
        await asyncio.sleep(self.kept_for)
        self._idle.remove(driver)
        await driver.stop()


def _emptied(folder: PrivateFolder) -> bool:
    """Remove what a driver and its browsers left; False where something stays."""
    with suppress(OSError):
        for entry in folder.path.glob("*/*"):
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry, ignore_errors=True)
            else:
                entry.unlink(missing_ok=True)
        return not any(folder.path.glob("*/*"))
    return False
