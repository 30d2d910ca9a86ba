"""Schedules: what runs by itself, and when next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from agent.api.asking import Asked, Asking, door
from agent.api.dashboard.answers import page, see
from agent.api.dashboard.form import Sent
from agent.api.dashboard.rendering import Said
from agent.api.dashboard.rights import may
from agent.errors import RunnerError
from agent.runner.schedules import NewSchedule
from agent.vault.policy import MODES, TEST, Action

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.runs.schedule_store import Schedule

router = APIRouter(prefix="/schedules")

OVERLAPS: Final = {
    "skip": "leave this one out",
    "queue": "let it wait",
    "cancel": "stop the one before",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One schedule of the page; ``next`` are Unix seconds."""

    schedule: Schedule
    task: str
    overlap: str
    next: Sequence[float]


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was asked for when it was refused, and why."""

    said: Said
    name: str
    task: str
    cron: str
    zone: str


@router.get("", **door(Action.SEE_RUNS))
def schedules(request: Request, asked: Asked) -> Response:
    """Show the schedules, each with its next five times."""
    return _page(request, asked)


@router.post("", **door(Action.SCHEDULES))
def add(request: Request, asked: Asked, form: Sent) -> Response:
    """Keep a schedule, which runs a task with the secrets bound to it last."""
    task, mode = form.one("task"), form.one("mode") or TEST
    name, cron, zone = form.one("name"), form.one("cron"), form.one("zone") or "UTC"
    try:
        bindings = asked.runner.tasks.last_bindings(task, mode)
        overlap = form.one("overlap")
        new = NewSchedule(name, cron, task, "", zone, bindings, {}, mode, overlap)
        asked.runner.schedules.add(new)
    except RunnerError as error:
        return _page(request, asked, Refusal(Said.of(error), name, task, cron, zone))
    return see("/schedules", "stored")


@router.post("/{schedule_id}/pause", **door(Action.SCHEDULES))
def pause(asked: Asked, schedule_id: str) -> Response:
    """Start nothing until it is resumed."""
    asked.runner.schedules.pause(schedule_id)
    return see("/schedules", "paused")


@router.post("/{schedule_id}/resume", **door(Action.SCHEDULES))
def resume(asked: Asked, schedule_id: str) -> Response:
    """Go on with the next due time."""
    asked.runner.schedules.resume(schedule_id)
    return see("/schedules", "resumed")


@router.post("/{schedule_id}/delete", **door(Action.SCHEDULES))
def delete(asked: Asked, schedule_id: str) -> Response:
    """Take a schedule away; its runs stay."""
    asked.runner.schedules.delete(schedule_id)
    return see("/schedules", "deleted")


def _page(request: Request, asked: Asking, refusal: Refusal | None = None) -> Response:
    tasks = asked.runner.tasks.list()
    names = {one.id: one.name for one in tasks}
    lines = [_line(asked, one, names) for one in asked.runner.schedules.list()]
    given = {"opened": "new-schedule"} if refusal else {}
    return page(
        request,
        "schedules.html",
        asked,
        lines=lines,
        tasks=tasks,
        refusal=refusal,
        overlaps=list(OVERLAPS.items()),
        modes=[one for one in MODES if may(asked, Action.SCHEDULES, mode=one)],
        may_add=may(asked, Action.SCHEDULES),
        status=422 if refusal else 200,
        **given,
    )


def _line(asked: Asking, one: Schedule, names: dict[str, str]) -> Line:
    task = str(one.wanted.get("task") or one.wanted.get("deployment"))
    upcoming = asked.runner.schedules.upcoming(one.id)
    return Line(one, names.get(task, task), OVERLAPS.get(one.overlap, one.overlap), upcoming)
