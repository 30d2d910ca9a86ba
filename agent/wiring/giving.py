"""Carries out, in the server's own process, the runs whose values came with a request.

No worker can be told the values without writing them down. So these runs go on in a thread beside
the pages, a few at once; when the process ends, so do they, and each says so.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from agent.errors import EnvironmentUnfit, RunnerError
from agent.registry import Table
from agent.runner.giving import Giving
from agent.telemetry.observer import NOBODY, Observer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Future
    from typing import Any

    from agent.engine import Tools
    from agent.runner.giving import Handed
    from agent.runner.house import House
    from agent.runner.orders import Order
    from agent.runs.run import Run
    from agent.vault.store import Vault

MOST: Final = 4
"""How many of these runs go on at once."""
_THREADS_EACH: Final = 8
_GRACE: Final = 10.0

# A server that is given no values loads no Playwright.
_LATER: Table[Any] = Table(
    "agent.executors", {"executor": "local:LocalExecutor", "watcher": "crew:AtTheDoors"}
)


@dataclass(slots=True)
class Aside:
    """The runs of this process that have values of their own."""

    most: int = MOST
    observer: Observer = NOBODY
    _loop: asyncio.AbstractEventLoop | None = None
    _thread: threading.Thread | None = None
    _going: set[Future[None]] = field(default_factory=set)
    _carrying: set[asyncio.Task[None]] = field(default_factory=set)
    # A run that is over at once tells so from within `place`.
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def place(
        self,
        house: House,
        order: Order,
        values: Mapping[str, Mapping[str, str]],
        tools: Callable[[Vault], Tools],
    ) -> Run:
        """Record a run and begin it; ``tools`` gives what it is carried out with.

        Raises ``EnvironmentUnfit`` where as many go on as may, and as ``Giving.place`` does.
        """
        with self._lock:
            if len(self._going) >= self.most:
                raise EnvironmentUnfit(
                    f"{self.most} runs with values of their own go on here, which is the most",
                    hint="ask again when one has ended, or store the secret and bind it",
                )
            handed = Giving(house).place(order, values)
            if handed.vault is not None:
                carried = self._carried_out(handed, tools)
                going = asyncio.run_coroutine_threadsafe(carried, self._running())
                self._going.add(going)
                going.add_done_callback(self._over)
        return handed.run

    async def close(self) -> None:
        """Stop what goes on, and wait until each run has said so."""
        if self._loop is None or self._thread is None:
            return
        stopping = asyncio.run_coroutine_threadsafe(self._stop(), self._loop)
        await asyncio.wrap_future(stopping)
        self._loop.call_soon_threadsafe(self._loop.stop)
        await asyncio.to_thread(self._thread.join, _GRACE)
        self._loop = self._thread = None

    async def _stop(self) -> None:
        for one in self._carrying:
            one.cancel()
        if self._carrying:
            await asyncio.wait(self._carrying, timeout=_GRACE)

    def _over(self, ended: Future[None]) -> None:
        with self._lock:
            self._going.discard(ended)
        if not ended.cancelled() and (unforeseen := ended.exception()) is not None:
            self.observer.failed(unforeseen)

    async def _carried_out(self, handed: Handed, tools: Callable[[Vault], Tools]) -> None:
        mine = asyncio.current_task()
        vault = handed.vault
        assert mine is not None  # noqa: S101 - it is one
        assert vault is not None  # noqa: S101 - place hands these over
        self._carrying.add(mine)
        try:
            ready = await asyncio.to_thread(tools, vault)
            watcher = _LATER["watcher"](handed.run.id, vault)
            # A run that was taken back before it began has ended already.
            with suppress(RunnerError):
                await _LATER["executor"](ready).carry_out(
                    handed.run, handed.plan, handed.options, watcher
                )
        finally:
            vault.forget()
            self._carrying.discard(mine)

    def _running(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._loop.set_default_executor(ThreadPoolExecutor(_THREADS_EACH * (self.most + 1)))
            self._thread = threading.Thread(target=_turn, args=(self._loop,), daemon=True)
            self._thread.start()
        return self._loop


def _turn(loop: asyncio.AbstractEventLoop) -> None:
    loop.run_forever()
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()
