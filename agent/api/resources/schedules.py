"""Schedules: runs that are placed again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Path
from pydantic import Field

from agent.api.asking import Asked, Asking, door
from agent.api.run_shapes import InputValue
from agent.api.shapes import Given, Listed, Mode, Name, Taken, Word, moment
from agent.runner.schedules import NewSchedule
from agent.vault.policy import Action

if TYPE_CHECKING:
    from agent.runs.schedule_store import Schedule

router = APIRouter(prefix="/schedules", tags=["schedules"])

ScheduleId = Annotated[str, Path(min_length=1, max_length=120)]


class ScheduleWish(Taken):
    """When to run what: ``cron`` has five fields and is meant in the time zone ``zone``.

    ``overlap`` is for when the run before still goes on: leave this one out, let it wait, or stop
    the one before.
    """

    name: Name
    cron: Word
    zone: Word = "UTC"
    task: str = Field(default="", max_length=200)
    deployment: str = Field(default="", max_length=200)
    secret_bindings: dict[str, Word] = Field(default_factory=dict, max_length=50)
    inputs: dict[str, InputValue] = Field(default_factory=dict, max_length=200)
    mode: Mode = "test"
    overlap: Literal["skip", "queue", "cancel"] = "skip"
    paused: bool = False

    def read(self) -> NewSchedule:
        """Give it as it is kept."""
        return NewSchedule(
            name=self.name,
            cron=self.cron,
            zone=self.zone,
            task=self.task,
            deployment=self.deployment,
            bindings=self.secret_bindings,
            inputs=self.inputs,
            mode=self.mode,
            overlap=self.overlap,
            paused=self.paused,
        )


class ScheduleGiven(Given):
    """A schedule; ``upcoming`` are its next five times, none while it is paused."""

    id: str
    name: str
    cron: str
    zone: str
    overlap: str
    paused: bool
    mode: str
    task: str
    deployment: str
    secret_bindings: dict[str, str]
    inputs: dict[str, Any]
    created_by: str
    created_at: str | None
    upcoming: list[str | None]


class TickGiven(Given):
    """A time that was due, and what became of it."""

    due: str | None
    outcome: str
    run: str | None
    why: str


@router.get("", **door(Action.SEE_RUNS))
def schedules(asked: Asked) -> Listed[ScheduleGiven]:
    """List the schedules by name."""
    return Listed(items=[_given(asked, one) for one in asked.runner.schedules.list()])


@router.post("", status_code=201, **door(Action.SCHEDULES))
def add(asked: Asked, wish: ScheduleWish) -> ScheduleGiven:
    """Keep a schedule, if what it orders could be run now."""
    return _given(asked, asked.runner.schedules.add(wish.read()))


@router.get("/{schedule_id}", **door(Action.SEE_RUNS))
def schedule(asked: Asked, schedule_id: ScheduleId) -> ScheduleGiven:
    """Describe a schedule."""
    return _given(asked, asked.runner.schedules.get(schedule_id))


@router.put("/{schedule_id}", **door(Action.SCHEDULES))
def change(asked: Asked, schedule_id: ScheduleId, wish: ScheduleWish) -> ScheduleGiven:
    """Put another schedule in its place; from now on it runs in the name of who asks."""
    return _given(asked, asked.runner.schedules.change(schedule_id, wish.read()))


@router.delete("/{schedule_id}", status_code=204, **door(Action.SCHEDULES))
def delete(asked: Asked, schedule_id: ScheduleId) -> None:
    """Take a schedule away; its runs stay."""
    asked.runner.schedules.delete(schedule_id)


@router.post("/{schedule_id}/pause", **door(Action.SCHEDULES))
def pause(asked: Asked, schedule_id: ScheduleId) -> ScheduleGiven:
    """Start nothing until it is resumed."""
    return _given(asked, asked.runner.schedules.pause(schedule_id))


@router.post("/{schedule_id}/resume", **door(Action.SCHEDULES))
def resume(asked: Asked, schedule_id: ScheduleId) -> ScheduleGiven:
    """Go on with the next time."""
    return _given(asked, asked.runner.schedules.resume(schedule_id))


@router.get("/{schedule_id}/ticks", **door(Action.SEE_RUNS))
def ticks(asked: Asked, schedule_id: ScheduleId) -> Listed[TickGiven]:
    """List the times that were due lately, and what became of each."""
    return Listed(
        items=[
            TickGiven(due=moment(one.due), outcome=one.outcome, run=one.run_id, why=one.why)
            for one in asked.runner.schedules.ticks(schedule_id)
        ]
    )


def _given(asked: Asking, one: Schedule) -> ScheduleGiven:
    wanted = one.wanted
    return ScheduleGiven(
        id=one.id,
        name=one.name,
        cron=one.cron,
        zone=one.zone,
        overlap=one.overlap,
        paused=one.paused,
        mode=one.mode,
        task=wanted.get("task", ""),
        deployment=wanted.get("deployment", ""),
        secret_bindings=dict(wanted.get("bindings", {})),
        inputs=dict(wanted.get("inputs", {})),
        created_by=one.created_by,
        created_at=moment(one.created_at),
        upcoming=[moment(at) for at in asked.runner.schedules.upcoming(one.id)],
    )
