"""The list of stored tasks, and adding one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from agent.api.asking import Asked, Asking, door
from agent.api.dashboard.answers import page, see
from agent.api.dashboard.form import Form, Sent
from agent.api.dashboard.rendering import Said
from agent.api.dashboard.rights import may
from agent.errors import RunnerError, TaskInvalid
from agent.vault.policy import Action

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.errors import Problem
    from agent.runs.run import Run
    from agent.runs.task_store import StoredTask

router = APIRouter(prefix="/tasks")

_EMPTY = "{\n  \n}\n"


@dataclass(frozen=True, slots=True)
class Line:
    """One task of the list."""

    task: StoredTask
    slots: tuple[str, ...]
    last: Run | None


@dataclass(frozen=True, slots=True)
class Draft:
    """A task's text as it stands in the form, and what is wrong with it."""

    text: str
    problems: Sequence[Problem] = ()
    checked: bool = False
    said: Said | None = None


@router.get("", **door(Action.SEE_TASKS))
def tasks(request: Request, asked: Asked) -> Response:
    """List the tasks."""
    lines = [
        Line(one, tuple(one.document.get("slots", {})), _last(asked, one.id))
        for one in asked.runner.tasks.list()
    ]
    return page(request, "tasks.html", asked, lines=lines, may_add=may(asked, Action.TASKS))


@router.get("/new", **door(Action.TASKS))
def new_page(request: Request, asked: Asked) -> Response:
    """Ask for a task."""
    return draft_page(request, asked, Draft(_EMPTY))


@router.post("/new", **door(Action.TASKS))
def new(request: Request, asked: Asked, form: Sent) -> Response:
    """Keep a new task."""
    text = text_of(form)
    try:
        stored = asked.runner.tasks.add(text.encode())
    except RunnerError as error:
        return draft_page(request, asked, refused(text, error))
    return see(f"/tasks/{stored.id}", "stored")


@router.post("/check", **door(Action.SEE_TASKS))
def check(request: Request, asked: Asked, form: Sent) -> Response:
    """Say what is wrong with a text as it is typed: the same lines as ``runner validate``."""
    problems = asked.runner.tasks.problems(text_of(form).encode())
    return page(request, "problems.html", None, problems=problems, checked=True)


def text_of(form: Form) -> str:
    """Give the text of a task: the file where one was sent, else what was typed."""
    sent = form.files.get("file")
    return sent.decode("utf-8", "replace") if sent else form.exact("text")


def refused(text: str, error: RunnerError) -> Draft:
    """Keep a text that was refused, with everything that is wrong with it."""
    if isinstance(error, TaskInvalid):
        return Draft(text, error.problems, checked=True)
    return Draft(text, said=Said.of(error))


def draft_page(
    request: Request, asked: Asking, draft: Draft, task: StoredTask | None = None
) -> Response:
    """Show the form with a task's text in it."""
    at = f"/tasks/{task.id}" if task else "/tasks"
    given: dict[str, Any] = {"said": draft.said} if draft.said else {}
    return page(
        request,
        "task_new.html",
        asked,
        title=f"New version of {task.name}" if task else "Add a task",
        action=f"{at}/version" if task else "/tasks/new",
        back=at,
        text=draft.text,
        problems=draft.problems,
        checked=draft.checked,
        status=422 if draft.problems or draft.said else 200,
        **given,
    )


def _last(asked: Asking, task_id: str) -> Run | None:
    found = asked.runner.orders.page(1, task=task_id).items
    return found[0] if found else None
