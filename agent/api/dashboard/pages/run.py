"""One run's page: its steps as they happen, and what it left."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Header, Query
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from agent.api.artifact_links import artifacts_of
from agent.api.asking import Asked, Asking, door
from agent.api.dashboard.answers import page, see
from agent.api.dashboard.form import Sent
from agent.api.dashboard.pages.takeover import person_of
from agent.api.dashboard.rendering import render
from agent.api.dashboard.rights import may
from agent.api.dashboard.story import (
    advice_of,
    code_asked,
    lines_of,
    log_of,
    steps_of,
    waiting_in,
)
from agent.api.dashboard.tables import tables_in
from agent.api.streams import news_of
from agent.errors import RunnerError, UsageError
from agent.runner.house import bindings_and_given
from agent.runs.events import ENDED
from agent.runs.run import HERE
from agent.runs.takeovers import OF_A_PERSON
from agent.vault.policy import Action

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from agent.api.dashboard.live import Live
    from agent.runs.events import RunEvent
    from agent.runs.run import Run

router = APIRouter(prefix="/runs/{run_id}")


@router.get("", **door(Action.SEE_RUNS))
def run(request: Request, asked: Asked, run_id: str) -> Response:
    """Show a run."""
    found, events = _known(asked, run_id)
    report = asked.runner.report(found.id) if found.report else None
    left = artifacts_of(request, asked, found) if report else []
    result = dict(report.result) if report else {}
    return page(
        request,
        "run.html",
        asked,
        **_live(asked, found, events),
        **person_of(asked, found),
        newest=events[-1].id if events else 0,
        may_resume=bool(report and report.progress),
        report=report,
        result_json=json.dumps(result, ensure_ascii=False, indent=2),
        tables=list(tables_in(result)),
        trace=next((one for one in left if one.viewer), None),
        pictures=[one for one in left if one.url and one.kind == "screenshot"],
        artifacts=left,
        log=log_of(events),
    )


@router.get("/live", **door(Action.SEE_RUNS))
async def live(
    request: Request,
    asked: Asked,
    run_id: str,
    last: Annotated[str, Header(alias="Last-Event-ID", max_length=20)] = "",
    after: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> Response:
    """Send what changes of a run's page with each event, until it has ended."""
    found = await asyncio.to_thread(asked.runner.orders.get, run_id)
    stream = _stream(request, asked, found, int(last) if last.isdigit() else after)
    return StreamingResponse(stream, media_type="text/event-stream")


@router.post("/cancel", **door(Action.RUN))
def cancel(asked: Asked, run_id: str) -> Response:
    """Take a run back."""
    return see(f"/runs/{asked.runner.orders.cancel(run_id).id}", "cancelled")


@router.post("/again", **door(Action.RUN))
def again(asked: Asked, run_id: str) -> Response:
    """Place a run once more, with the same secrets and inputs."""
    return see(f"/runs/{asked.runner.orders.again(run_id).id}")


@router.post("/resume", **door(Action.RUN))
def resume(asked: Asked, run_id: str) -> Response:
    """Go on with an interrupted run from its last checkpoint."""
    return see(f"/runs/{asked.runner.orders.resume(run_id).id}")


@router.post("/code", **door(Action.RUN))
def code(asked: Asked, run_id: str, form: Sent) -> Response:
    """Give a waiting run a one-time code, which no answer quotes."""
    found = asked.runner.orders.get(run_id)
    try:
        asked.runner.codes.push(found.id, form.one("code"))
    except UsageError:
        return see(f"/runs/{found.id}", "no-code")
    return see(f"/runs/{found.id}", "code-given")


async def _stream(request: Request, asked: Asking, run: Run, after: int) -> AsyncIterator[str]:
    live: Live = request.app.state.live
    actor = asked.caller.actor
    gives = "gives codes" if may(asked, Action.RUN, mode=run.mode) else ""
    sees = "sees names" if may(asked, Action.SEE, mode=run.mode) else ""
    key = (actor.project, actor.role or "", gives, sees, run.id)
    async for news in news_of(request, run.id, after):
        if not news:
            yield ": still there\n\n"
            continue
        after = news[-1].id
        yield _message(after, await live.text(key, after, partial(_fragment, asked, run.id)))
        if any(one.kind in OF_A_PERSON for one in news):
            yield f"id: {after}\nevent: person\ndata: person\n\n"
        if news[-1].kind == ENDED:
            yield f"id: {after}\nevent: ended\ndata: ended\n\n"
            return


def _message(number: int, fragment: str) -> str:
    data = "\n".join(f"data: {line}" for line in fragment.splitlines())
    return f"id: {number}\n{data}\n\n"


def _fragment(asked: Asking, run_id: str) -> str:
    return render("run_live.html", **_live(asked, *_known(asked, run_id)))


def _known(asked: Asking, run_id: str) -> tuple[Run, Sequence[RunEvent]]:
    """Read a run and its events, these first: what a page does not tell yet is sent to it."""
    seen = asked.runner.orders.get(run_id)
    events = asked.runner.events.every(seen.id)
    return asked.runner.orders.get(seen.id), events


def _live(asked: Asking, run: Run, events: Sequence[RunEvent]) -> dict[str, Any]:
    """Gather what the changing part of the page shows."""
    report = asked.runner.report(run.id) if run.report else None
    return {
        "run": run,
        "active": not run.state.ended,
        "steps": steps_of(lines_of(run), events),
        "bound": _bound(asked, run),
        "advice": advice_of(run, report),
        "waits_for": asked.runner.orders.waits_for(run),
        "waiting": waiting_in(events) if not run.state.ended else "",
        "takes_code": _takes_code(asked, run, events),
    }


def _takes_code(asked: Asking, run: Run, events: Sequence[RunEvent]) -> bool:
    """Tell whether a code can be typed here: a run of a terminal asks there."""
    wanted = not run.state.ended and run.pool != HERE and code_asked(events) is not None
    return wanted and may(asked, Action.RUN, mode=run.mode)


def _bound(asked: Asking, run: Run) -> list[tuple[str, str]]:
    bindings, given = bindings_and_given(run)
    stored = [(slot, _name(asked, ref)) for slot, ref in bindings.items()]
    return stored + [(slot, "values given for this run alone") for slot in given]


def _name(asked: Asking, ref: str) -> str:
    try:
        return asked.runner.secret(ref).name
    except RunnerError:
        return "a secret that is gone"
