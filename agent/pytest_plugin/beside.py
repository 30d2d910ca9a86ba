"""Carries a coroutine out beside the test.

pytest-playwright's synchronous API keeps an event loop in the test's own thread and leaves it
marked as running, so that no other can run there: a thread of its own has room for ours.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

Result = TypeVar("Result")


class _Beside(threading.Thread, Generic[Result]):
    """One coroutine in a thread and a loop of its own."""

    def __init__(self, work: Coroutine[Any, Any, Result]) -> None:
        super().__init__(name="slotrunner", daemon=True)
        self._work = work
        self._task: asyncio.Task[Result] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._begun = threading.Event()
        self.error: BaseException | None = None
        self.results: list[Result] = []

    def run(self) -> None:
        try:
            self.results.append(asyncio.run(self._main()))
        except BaseException as error:  # noqa: BLE001 - the test's thread raises it
            self.error = error
        finally:
            self._begun.set()

    async def _main(self) -> Result:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.create_task(self._work)
        self._begun.set()
        return await self._task

    def stop(self) -> None:
        """Let the work close what it opened."""
        self._begun.wait()
        if self._loop is not None and self._task is not None and self.is_alive():
            self._loop.call_soon_threadsafe(self._task.cancel)
        self.join()


def carried_out(work: Coroutine[Any, Any, Result]) -> Result:
    """Give the result of ``work``, or raise its error; what interrupts the test cancels it."""
    beside = _Beside(work)
    beside.start()
    try:
        beside.join()
    except BaseException:
        beside.stop()
        raise
    if beside.error is not None:
        raise beside.error
    return beside.results[0]
