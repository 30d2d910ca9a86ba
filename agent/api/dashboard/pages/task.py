"""One task's page, with the dialog that runs it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from agent.api.asking import Asked, Asking, door
from agent.api.dashboard.answers import page, see
from agent.api.dashboard.charts import Bar, bars
from agent.api.dashboard.choices import InputField, inputs_of, slots_of
from agent.api.dashboard.form import Form, Sent
from agent.api.dashboard.pages.tasks import Draft, draft_page, refused, text_of
from agent.api.dashboard.rendering import Said
from agent.api.dashboard.rights import may
from agent.api.dashboard.words import seconds, when
from agent.errors import RunnerError
from agent.runner.orders import Order
from agent.vault.policy import LIVE, MODES, TEST, Action

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agent.runs.run import Run
    from agent.runs.task_store import StoredTask

router = APIRouter(prefix="/tasks/{task_id}")

_SHOWN = 10
_DRAWN = 60


@dataclass(frozen=True, slots=True)
class May:
    """What the page offers."""

    add: bool
    create: bool
    deploy: bool
    live: bool


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was chosen in a dialog when a run was refused."""

    said: Said
    form: Form
    dialog: str = "run-dialog"


@dataclass(frozen=True, slots=True)
class Deployed:
    """One deployment that can be run from here, with the inputs of the task as it was deployed."""

    id: str
    name: str
    number: int
    created_at: str
    created_by: str
    inputs: Sequence[InputField]


@router.get("", **door(Action.SEE_TASKS))
def task(request: Request, asked: Asked, task_id: str, version: int | None = None) -> Response:
    """Show a task."""
    return _page(request, asked, asked.runner.tasks.get(task_id, version))


@router.post("/run", **door(Action.RUN))
def run(request: Request, asked: Asked, task_id: str, form: Sent) -> Response:
    """Place a run with the secrets chosen, and lead to it."""
    stored = asked.runner.tasks.get(task_id, int(form.one("version") or 0) or None)
    order = Order(
        stored.id,
        stored.version,
        bindings=form.under("slot-"),
        inputs=form.under("input-"),
        mode=form.one("mode") or TEST,
    )
    try:
        placed = asked.runner.orders.place(order)
    except RunnerError as error:
        return _page(request, asked, stored, Refusal(Said.of(error), form))
    return see(f"/runs/{placed.id}")


@router.post("/deployed", **door(Action.RUN))
def run_deployed(request: Request, asked: Asked, task_id: str, form: Sent) -> Response:
    """Place a live run of a deployment, and lead to it."""
    stored, name = asked.runner.tasks.get(task_id), form.one("deployment")
    order = Order(deployment=name, inputs=form.under("input-"))
    try:
        placed = asked.runner.orders.place(order)
    except RunnerError as error:
        there = [one.id for one in asked.runner.deploying.newest() if one.name == name]
        dialog = f"run-{there[0]}" if there else ""
        return _page(request, asked, stored, Refusal(Said.of(error), form, dialog))
    return see(f"/runs/{placed.id}")


@router.get("/version", **door(Action.TASKS))
def version_page(request: Request, asked: Asked, task_id: str) -> Response:
    """Ask for the text of a new version."""
    stored = asked.runner.tasks.get(task_id)
    return draft_page(request, asked, Draft(_text(stored)), stored)


@router.post("/version", **door(Action.TASKS))
def new_version(request: Request, asked: Asked, task_id: str, form: Sent) -> Response:
    """Keep a new version; runs from now on use it."""
    stored, text = asked.runner.tasks.get(task_id), text_of(form)
    try:
        made = asked.runner.tasks.add_version(stored.id, text.encode())
    except RunnerError as error:
        return draft_page(request, asked, refused(text, error), stored)
    return see(f"/tasks/{made.id}", "stored")


@router.get("/delete", **door(Action.TASKS))
def delete_page(request: Request, asked: Asked, task_id: str) -> Response:
    """Ask for the task's name."""
    return _delete(request, asked, asked.runner.tasks.get(task_id))


@router.post("/delete", **door(Action.TASKS))
def delete(request: Request, asked: Asked, task_id: str, form: Sent) -> Response:
    """Take a task away; its runs stay."""
    stored = asked.runner.tasks.get(task_id)
    try:
        asked.runner.tasks.delete(stored.id, form.one("typed"))
    except RunnerError as error:
        return _delete(request, asked, stored, Said.of(error))
    return see("/tasks", "deleted")


def _page(
    request: Request, asked: Asking, stored: StoredTask, refusal: Refusal | None = None
) -> Response:
    runner, shape = asked.runner, asked.runner.tasks.shape(stored)
    runs = list(runner.orders.page(_DRAWN, task=stored.id).items)
    form = refusal.form if refusal else None
    mode = form.one("mode") if form else TEST
    remembered = runner.tasks.last_bindings(stored.id) | _asked_for(request)
    chosen = form.under("slot-") if form else remembered
    opened = {"opened": refusal.dialog} if refusal else {}
    return page(
        request,
        "task.html",
        asked,
        task=stored,
        shape=shape,
        runs=runs[:_SHOWN],
        chart=bars(_bars(runs)),
        versions=runner.tasks.versions(stored.id),
        text=_text(stored),
        choices=slots_of(shape, runner.secrets(), chosen, stored.id),
        inputs=inputs_of(shape, form.under("input-") if form else {}),
        modes=[one for one in MODES if may(asked, Action.BIND, mode=one)],
        mode=mode or TEST,
        may=May(
            may(asked, Action.TASKS),
            may(asked, Action.CREATE),
            may(asked, Action.DEPLOY, mode=LIVE),
            may(asked, Action.RUN, mode=LIVE),
        ),
        deployments=list(_deployed(asked, stored, form)),
        run_said=refusal.said if refusal else None,
        status=422 if refusal else 200,
        **opened,
    )


def _asked_for(request: Request) -> dict[str, str]:
    """Read which secrets an address chooses for slots: ``?slot-HOTEL=<id>``."""
    asked = request.query_params
    return {name.removeprefix("slot-"): asked[name] for name in asked if name.startswith("slot-")}


def _deployed(asked: Asking, stored: StoredTask, form: Form | None) -> Iterator[Deployed]:
    given = form.under("input-") if form else {}
    for one in asked.runner.deploying.newest():
        if one.document.get("name") == stored.name or one.name == stored.name:
            shape = asked.runner.tasks.shape_of_document(one.document)
            inputs = inputs_of(shape, given)
            told = (one.id, one.name, one.number, one.created_at, one.created_by)
            yield Deployed(*told, inputs)


def _bars(runs: Sequence[Run]) -> list[Bar]:
    """Make a bar of each run that ended, the oldest first."""
    return [
        Bar(
            run.finished_at - run.started_at,
            run.state == "succeeded",
            f"{when(run.started_at)}: {run.outcome}, {seconds(run.finished_at - run.started_at)}",
        )
        for run in reversed(runs)
        if run.started_at is not None and run.finished_at is not None
    ]


def _text(stored: StoredTask) -> str:
    return json.dumps(dict(stored.document), ensure_ascii=False, indent=2)


def _delete(
    request: Request, asked: Asking, stored: StoredTask, said: Said | None = None
) -> Response:
    given: dict[str, Any] = {"said": said, "status": 422} if said else {}
    return page(
        request,
        "confirm.html",
        asked,
        title=f"Delete {stored.name}",
        back=f"/tasks/{stored.id}",
        action=f"/tasks/{stored.id}/delete",
        text="Its versions are gone for good. Runs that were placed already keep what they need.",
        wanted=stored.name,
        **given,
    )
