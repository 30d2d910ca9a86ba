"""Carries a coroutine out so that Ctrl-C, SIGTERM and a closed terminal end it in good order."""

from __future__ import annotations

import asyncio
import logging
import signal
from typing import TYPE_CHECKING, Any, TypeVar

from agent.cli.speech import say

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

Result = TypeVar("Result")
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
CLOSING = ("stopping: the browser is being closed",)
CANCELLING = (
    "cancelling: the run's worker stops it; once more leaves without waiting for that",
    "leaving: the run was asked to stop",
)


def carry_out(work: Coroutine[Any, Any, Result], words: Sequence[str] = CLOSING) -> Result:
    """Run ``work`` to its end; a signal cancels it, which lets it close what it opened.

    ``words`` are said at the first signal, the second, and so on; the last at all others.

    Raises ``asyncio.CancelledError`` when the work was cancelled and did not make a result of it.
    """
    # asyncio logs forgotten exceptions with their traceback, which may quote a secret.
    logging.getLogger("asyncio").addHandler(logging.NullHandler())
    logging.getLogger("asyncio").propagate = False
    return asyncio.run(_stoppable(work, words))


async def _stoppable(work: Coroutine[Any, Any, Result], words: Sequence[str]) -> Result:
    loop, task = asyncio.get_running_loop(), asyncio.ensure_future(work)

    left = list(words)

    def stop() -> None:
        say(f"\n{left.pop(0) if len(left) > 1 else left[0]}")
        task.cancel()

    for number in SIGNALS:
        loop.add_signal_handler(number, stop)
    try:
        return await task
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)
