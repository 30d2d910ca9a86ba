"""Stored tasks and their versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Path, Query
from pydantic import Field
from starlette.requests import Request

from agent.api.asking import Asked, Asking, door
from agent.api.problems import Invalid
from agent.api.shapes import Given, Listed, Mode, Name, Taken, moment
from agent.vault.policy import Action

if TYPE_CHECKING:
    from agent.runs.task_store import StoredTask

router = APIRouter(prefix="/tasks", tags=["tasks"])

TaskId = Annotated[str, Path(min_length=1, max_length=120)]
Version = Annotated[int | None, Query(ge=1, le=1_000_000)]

# The text itself is read, not what is made of it: so a problem has a line and a column.
_TASK: Final = {
    "requestBody": {
        "required": True,
        "description": "A task file, as docs/task-file.md has it; at most 1 MiB.",
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
}


class TaskGiven(Given):
    """A stored task, in the version that is told."""

    id: str
    name: str
    version: int
    current: int
    digest: str
    created_by: str
    created_at: str | None


class Slot(Given):
    """A slot to bind; ``totp`` says that the secret must make one-time codes."""

    name: str
    type: str
    description: str
    fields: list[str]
    totp: bool
    origins: list[str]
    given: bool


class StepTold(Given):
    """A step in words."""

    at: str
    title: str


class TaskDetail(TaskGiven):
    """A task as a form is made of it; ``inputs`` and ``outputs`` are JSON Schemas."""

    description: str
    slots: list[Slot]
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    steps: list[StepTold]
    sites: dict[str, list[str]]
    cautions: list[str]
    document: dict[str, Any]


class Confirmed(Taken):
    """The task's name, typed."""

    confirm: Name


class Checked(Given):
    """What is wrong with a task; nothing where it could be stored."""

    problems: list[Invalid] = Field(default_factory=list)


@router.get("", **door(Action.SEE_TASKS))
def tasks(asked: Asked) -> Listed[TaskGiven]:
    """List the tasks by name."""
    return Listed(items=[TaskGiven(**_told(one)) for one in asked.runner.tasks.list()])


def _taking_task(action: Action) -> dict[str, Any]:
    declared = door(action)
    return {**declared, "openapi_extra": {**declared["openapi_extra"], **_TASK}}


@router.post("", status_code=201, **_taking_task(Action.TASKS))
def add(request: Request, asked: Asked) -> TaskDetail:
    """Store a task; it is checked as ``runner validate`` does."""
    return detail(asked, asked.runner.tasks.add(request.state.body))


@router.post("/check", **_taking_task(Action.SEE_TASKS))
def check(request: Request, asked: Asked) -> Checked:
    """Check a task without storing it."""
    found = asked.runner.tasks.problems(request.state.body)
    return Checked(
        problems=[
            Invalid(at=p.path, message=p.message, line=p.line or None, column=p.column or None)
            for p in found
        ]
    )


@router.get("/{task_id}", **door(Action.SEE_TASKS))
def task(asked: Asked, task_id: TaskId, version: Version = None) -> TaskDetail:
    """Describe a task: its slots, inputs, outputs, and what it does in words."""
    return detail(asked, asked.runner.tasks.get(task_id, version))


@router.get("/{task_id}/versions", **door(Action.SEE_TASKS))
def versions(asked: Asked, task_id: TaskId) -> Listed[TaskGiven]:
    """List the versions of a task, the newest first."""
    return Listed(items=[TaskGiven(**_told(one)) for one in asked.runner.tasks.versions(task_id)])


@router.post("/{task_id}/versions", status_code=201, **_taking_task(Action.TASKS))
def add_version(request: Request, asked: Asked, task_id: TaskId) -> TaskDetail:
    """Store another version, and use it from now on."""
    return detail(asked, asked.runner.tasks.add_version(task_id, request.state.body))


@router.delete("/{task_id}", status_code=204, **door(Action.TASKS))
def delete(asked: Asked, task_id: TaskId, confirmed: Confirmed) -> None:
    """Take a task away after its name was typed; runs that wait keep what they were made of."""
    asked.runner.tasks.delete(task_id, confirmed.confirm)


@router.get("/{task_id}/bindings", **door(Action.SEE_TASKS))
def bindings(asked: Asked, task_id: TaskId, mode: Mode = "test") -> dict[str, str]:
    """Give what each slot was bound to the last time."""
    return asked.runner.tasks.last_bindings(task_id, mode)


def detail(asked: Asking, stored: StoredTask) -> TaskDetail:
    """Describe a stored task."""
    shape = asked.runner.tasks.shape(stored)
    return TaskDetail(
        **_told(stored),
        description=shape.description,
        slots=[
            Slot(
                name=slot.name,
                type=slot.type,
                description=slot.description,
                fields=list(slot.fields),
                totp=slot.totp,
                origins=list(slot.origins),
                given=slot.given,
            )
            for slot in shape.slots
        ],
        inputs=dict(shape.inputs),
        outputs=dict(shape.outputs),
        steps=[StepTold(at=at, title=title) for at, title in shape.told.steps],
        sites={site: list(where) for site, where in shape.told.sites.items()},
        cautions=list(shape.told.cautions),
        document=dict(stored.document),
    )


def _told(one: StoredTask) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "version": one.version,
        "current": one.current,
        "digest": one.digest,
        "created_by": one.created_by,
        "created_at": moment(one.created_at),
    }
