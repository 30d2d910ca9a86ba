"""Runs: placed, watched, and what became of them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from fastapi import APIRouter, Header, Path, Query
from pydantic import Field, StringConstraints
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from agent.api.artifact_links import artifacts_of
from agent.api.asking import Asked, door
from agent.api.run_shapes import (
    ArtifactGiven,
    RunDetail,
    RunGiven,
    RunWish,
    run_detail,
    run_given,
)
from agent.api.shapes import Given, Listed, Taken, moment
from agent.api.streams import ended, event_stream, last_event
from agent.api.takeover_shapes import takeover_given
from agent.runner.orders import Order
from agent.runs.run import Run
from agent.vault.policy import Action

if TYPE_CHECKING:
    from agent.api.asking import Asking

router = APIRouter(prefix="/runs", tags=["runs"])

RunId = Annotated[str, Path(min_length=8, max_length=36, pattern=r"^[0-9A-Fa-f-]+$")]
State = Literal["queued", "running", "succeeded", "failed", "cancelled", "interrupted"]
Key = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")]


_EVENT: Final = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in ("id", "event", "data")},
    "description": "The data is JSON: when it happened, its kind, and what it tells.",
}


class Page(Taken):
    """Which runs; ``task`` is a stored task's id or a task's name."""

    limit: int = Field(default=50, ge=1, le=200)
    cursor: str | None = Field(default=None, max_length=100)
    task: str | None = Field(default=None, max_length=200)
    state: State | None = None


class Resumed(Taken):
    """What to take a step for that may be done: only the site can tell."""

    begun: Literal["done", "again"] | None = None


class CodeSent(Taken):
    """A one-time code that came by mail or message."""

    code: Annotated[str, StringConstraints(min_length=3, max_length=40)]


class LogLine(Given):
    """One line of what happened."""

    id: int
    at: str | None
    kind: str
    told: dict[str, Any]


@router.get("", **door(Action.SEE_RUNS))
def runs(asked: Asked, page: Annotated[Page, Query()]) -> Listed[RunGiven]:
    """List the runs, the newest first."""
    found = asked.runner.orders.page(page.limit, page.cursor, task=page.task, state=page.state)
    return Listed(items=[run_given(run) for run in found.items], next=found.next)


@router.post("", status_code=201, **door(Action.RUN))
async def place(
    asked: Asked,
    wish: RunWish,
    response: Response,
    idempotency_key: Annotated[Key | None, Header()] = None,
) -> RunDetail:
    """Place a run; with ``wait`` the answer comes when it has ended, or after so many seconds.

    A second request with one ``Idempotency-Key`` gives the first one's run.
    """
    order = Order(
        task=wish.task,
        version=wish.version,
        deployment=wish.deployment,
        bindings=wish.secret_bindings,
        inputs=wish.inputs,
        mode=wish.mode,
        idem_key=idempotency_key,
        options=wish.options.read(),
        priority=wish.priority,
        not_before=None if wish.not_before is None else wish.not_before.timestamp(),
        queue=wish.queue or "",
        labels=tuple(wish.labels),
    )
    house, values = asked.runner.house, wish.secret_values
    run = await asyncio.to_thread(asked.premises.place, house, order, values)
    if wish.wait:
        run = await ended(asked, run, wish.wait)
    response.headers["Location"] = f"/api/v1/runs/{run.id}"
    return await asyncio.to_thread(_detail, asked, run)


@router.get("/{run_id}", **door(Action.SEE_RUNS))
def run(asked: Asked, run_id: RunId) -> RunDetail:
    """Describe a run."""
    return _detail(asked, asked.runner.orders.get(run_id))


@router.get("/{run_id}/result", **door(Action.SEE_RUNS))
def result(asked: Asked, run_id: RunId) -> dict[str, Any]:
    """Give what the run read."""
    return dict(asked.runner.report(asked.runner.orders.get(run_id).id).result)


@router.get("/{run_id}/logs", **door(Action.SEE_RUNS))
def logs(
    asked: Asked, run_id: RunId, after: Annotated[int, Query(ge=0, le=10**9)] = 0
) -> Listed[LogLine]:
    """Give what happened in a run, the oldest first; ``next`` goes on."""
    found = asked.runner.events.since(run_id, after)
    lines = [
        LogLine(id=one.id, at=moment(one.at), kind=one.kind, told=dict(one.data)) for one in found
    ]
    return Listed(items=lines, next=str(lines[-1].id) if lines else None)


@router.get(
    "/{run_id}/events",
    response_class=Response,
    responses={200: {"content": {"text/event-stream": {"schema": _EVENT}}}},
    **door(Action.SEE_RUNS),
)
async def events(
    request: Request,
    asked: Asked,
    run_id: RunId,
    last_event_id: Annotated[str | None, Header()] = None,
) -> StreamingResponse:
    """Stream what happens in a run (server-sent events); ``Last-Event-ID`` goes on after one."""
    after = last_event(last_event_id)
    found = await asyncio.to_thread(asked.runner.orders.get, run_id)
    return event_stream(request, found.id, after)


@router.get("/{run_id}/artifacts", **door(Action.SEE_RUNS))
def artifacts(request: Request, asked: Asked, run_id: RunId) -> Listed[ArtifactGiven]:
    """List what a run left, with addresses that are good for an hour."""
    return Listed(items=artifacts_of(request, asked, asked.runner.orders.get(run_id)))


@router.post("/{run_id}/cancel", **door(Action.RUN))
def cancel(asked: Asked, run_id: RunId) -> RunGiven:
    """Take a run back: one that waits never starts, one that goes on is stopped soon."""
    return run_given(asked.runner.orders.cancel(run_id))


@router.post("/{run_id}/resume", status_code=201, **door(Action.RUN))
def resume(asked: Asked, run_id: RunId, resumed: Resumed) -> RunGiven:
    """Place the rest of a run that was interrupted."""
    return run_given(asked.runner.orders.resume(run_id, resumed.begun))


@router.post("/{run_id}/again", status_code=201, **door(Action.RUN))
def again(asked: Asked, run_id: RunId) -> RunGiven:
    """Place a run once more, with the same task, secrets and inputs."""
    return run_given(asked.runner.orders.again(run_id))


@router.post("/{run_id}/code", status_code=204, **door(Action.RUN))
def code(asked: Asked, run_id: RunId, sent: CodeSent) -> None:
    """Give a waiting run a one-time code."""
    asked.runner.codes.push(asked.runner.orders.get(run_id).id, sent.code)


def _detail(asked: Asking, run: Run) -> RunDetail:
    over = asked.runner.taking_over
    stands = None if run.state.ended else over.look(run.id)
    needs = takeover_given(stands, mine=over.is_mine(stands)) if stands else None
    waits_for = asked.runner.orders.waits_for(run)
    return run_detail(run, asked.runner.report(run.id), waits_for, needs)
