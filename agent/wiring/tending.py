"""What goes on beside the doors: starting what is due, telling webhooks, bringing files away."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import SQLAlchemyError

from agent.errors import RunnerError
from agent.runner.delivering import Delivering
from agent.runner.ticking import Ticking
from agent.runs.waiting import Waiting
from agent.telemetry.observer import NOBODY, Observer
from agent.vault.signing import signature
from agent.wiring.acting import runner_as, vault_as

if TYPE_CHECKING:
    from agent.runner import Runner
    from agent.runner.orders import Orders
    from agent.runs.schedule_store import Schedule
    from agent.runs.webhook_store import Webhook

_LOOK: Final = 1.0
_COUNT: Final = 10.0
_BRING: Final = 5.0
_MOST: Final = 8


async def tend(keeper: Runner, observer: Observer = NOBODY) -> None:
    """Start what is due, tell webhooks and bring away what waits here, until cancelled.

    Many processes may do so at once. ``observer`` is told how many runs wait.
    """
    looks = [] if observer is NOBODY else [_look(keeper, observer)]
    await asyncio.gather(_start(keeper), _tell(keeper), _bring(keeper), *looks)


async def _look(keeper: Runner, observer: Observer) -> None:
    waiting = Waiting(keeper.store.engine)
    while True:
        with suppress(SQLAlchemyError):
            observer.queue_has(*await asyncio.to_thread(waiting.lag))
        await asyncio.sleep(_COUNT)


async def _tell(keeper: Runner) -> None:
    delivering = Delivering(keeper.store.webhooks, partial(_signed, keeper))
    while True:
        with suppress(SQLAlchemyError):
            await delivering.deliver()
        await asyncio.sleep(_LOOK)


def _signed(keeper: Runner, hook: Webhook, message: bytes) -> str:
    vault = vault_as(keeper, hook.created_by, "", hook.project)
    return signature(vault, hook.secret_id, message)


async def _bring(keeper: Runner) -> None:
    shelf = keeper.shelf
    while shelf is not None:
        await asyncio.sleep(_BRING)
        # A store or a vault that is away is asked again.
        with suppress(OSError, SQLAlchemyError, RunnerError):
            await asyncio.to_thread(shelf.push, _MOST)


async def _start(keeper: Runner) -> None:
    ticking = Ticking(keeper.store.schedules, partial(_orders, keeper))
    while True:
        # A database or a vault that is away is asked again.
        with suppress(SQLAlchemyError, RunnerError):
            await asyncio.to_thread(ticking.tick)
        await asyncio.sleep(_LOOK)


def _orders(keeper: Runner, one: Schedule) -> Orders:
    return runner_as(keeper, one.created_by, one.project).orders
