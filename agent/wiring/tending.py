"""What goes on beside the doors: starting what is due."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import SQLAlchemyError

from agent.errors import RunnerError
from agent.runner.ticking import Ticking
from agent.wiring.acting import runner_as

if TYPE_CHECKING:
    from agent.runner import Runner
    from agent.runner.orders import Orders
    from agent.runs.schedule_store import Schedule

_LOOK: Final = 1.0


async def tend(keeper: Runner) -> None:
    """Start what is due, until cancelled. As many processes as there are may do so at once."""
    ticking = Ticking(keeper.store.schedules, partial(_orders, keeper))
    while True:
        # A database or a vault that is away is asked again.
        with suppress(SQLAlchemyError, RunnerError):
            await asyncio.to_thread(ticking.tick)
        await asyncio.sleep(_LOOK)


def _orders(keeper: Runner, one: Schedule) -> Orders:
    return runner_as(keeper, one.created_by, one.project).orders
