"""Events of a run as a browser's EventSource reads them, and waiting for a run's end."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Final

from starlette.responses import StreamingResponse

from agent.api.asking import Asking, who_asks
from agent.api.problems import SaidNo
from agent.errors import RunnerError
from agent.runs.events import ENDED

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

    from agent.runs.events import RunEvent
    from agent.runs.run import Run

_TURN: Final = 10.0
"""Seconds between two looks at whether the reader may still read: a token can be taken back."""


def event_stream(request: Request, run_id: str, after: int) -> StreamingResponse:
    """Stream the events after number ``after``, until the run's last one."""
    return StreamingResponse(_lines(request, run_id, after), media_type="text/event-stream")


async def _lines(request: Request, run_id: str, after: int) -> AsyncIterator[str]:
    # What is sent at once tells the reader that it is connected.
    yield "retry: 2000\n\n"
    async for found in news_of(request, run_id, after):
        for event in found:
            yield sse(event)
            if event.kind == ENDED:
                return
        if not found:
            yield ": waiting\n\n"


async def news_of(request: Request, run_id: str, after: int) -> AsyncIterator[list[RunEvent]]:
    """Give what happens in a run after an event, part by part, for as long as the reader may read.

    A part is empty when nothing has happened for a while.
    """
    looked, asking = 0.0, None
    while True:
        if asking is None or time.monotonic() - looked > _TURN:
            looked, asking = (
                time.monotonic(),
                await asyncio.to_thread(_still_there, request, run_id),
            )
        if asking is None:
            return
        found = await asking.runner.events.further(run_id, after, _TURN)
        after = found[-1].id if found else after
        yield found


def _still_there(request: Request, run_id: str) -> Asking | None:
    asking = who_asks(request)
    if asking is None:
        return None
    try:
        asking.runner.orders.get(run_id)
    except RunnerError:
        return None
    return asking


def sse(event: RunEvent) -> str:
    """Write one event; JSON has no line breaks of its own."""
    told = json.dumps({"at": event.at, "kind": event.kind, **event.data}, ensure_ascii=False)
    return f"id: {event.id}\nevent: {event.kind}\ndata: {told}\n\n"


def last_event(written: str | None) -> int:
    """Read ``Last-Event-ID``."""
    if written is None:
        return 0
    if not (written.isascii() and written.isdigit() and len(written) <= 12):
        raise SaidNo(422, "invalid", "Last-Event-ID is the number of an event")
    return int(written)


async def ended(asking: Asking, run: Run, seconds: float) -> Run:
    """Wait for a run's end, so many seconds at most; gives it as it stands then."""
    until, after = time.monotonic() + seconds, 0
    while (left := until - time.monotonic()) > 0:
        found = await asking.runner.events.wait(run.id, after, min(left, _TURN))
        after = found[-1].id if found else after
        if any(event.kind == ENDED for event in found):
            break
    return await asyncio.to_thread(asking.runner.orders.get, run.id)
