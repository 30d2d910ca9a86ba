"""Schedules: a run of a stored task or a deployment, again and again."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from agent.errors import UsageError
from agent.runner.orders import Order, Orders
from agent.runs.cron import check_times, following
from agent.vault.policy import LIVE, TEST, Action, Thing, check_choice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.runner.house import House
    from agent.runs.schedule_store import Schedule, Schedules, ScheduleStore, Ticks
    from agent.tasks import Scalar

Times = list[float]
OVERLAPS: Final = ("skip", "queue", "cancel")
"""When the run before still goes on: leave this one out, let it wait, or stop the one before."""
_SHOWN: Final = 5
_LONGEST_NAME: Final = 100


@dataclass(frozen=True, slots=True)
class NewSchedule:
    """What a person asks for: a stored task with its bindings, or a live deployment.

    ``cron`` has five fields and is meant in ``zone``. ``overlap`` is one of ``OVERLAPS``.
    """

    name: str
    cron: str
    task: str = ""
    deployment: str = ""
    zone: str = "UTC"
    bindings: Mapping[str, str] = field(default_factory=dict)
    inputs: Mapping[str, Scalar] = field(default_factory=dict)
    mode: str = TEST
    overlap: str = "skip"
    paused: bool = False

    def order(self) -> Order:
        """Give what is ordered at each due time."""
        return Order(
            task=self.task,
            deployment=self.deployment,
            bindings=self.bindings,
            inputs=self.inputs,
            mode=LIVE if self.deployment else self.mode,
        )


@dataclass(frozen=True, slots=True)
class Scheduling:
    """Use cases of schedules. One that is not there, or another project's, is ``NotFound``.

    A schedule runs in the name of who made it: what they may not do any more, it does not do.
    """

    house: House

    def add(self, new: NewSchedule) -> Schedule:
        """Keep a schedule, if what it orders could be run now.

        Raises ``UsageError`` for a name in use, a wrong cron expression or time zone, and what
        planning the run raises.
        """
        return self._store.add(self._fields(new) | {"created_by": self.house.actor.name})

    def change(self, id_or_name: str, new: NewSchedule) -> Schedule:
        """Put another schedule in the place of one; from now on it runs in the actor's name."""
        there = self._mine(id_or_name)
        return self._store.change(
            there.id, self._fields(new) | {"created_by": self.house.actor.name}
        )

    def list(self) -> Schedules:
        """Give the schedules by name."""
        self.house.permit(Action.SEE_RUNS)
        return self._store.list()

    def get(self, id_or_name: str) -> Schedule:
        """Give one by its id or name."""
        self.house.permit(Action.SEE_RUNS)
        return self._store.get(id_or_name)

    def pause(self, id_or_name: str) -> Schedule:
        """Start nothing until it is resumed."""
        return self._store.change(self._mine(id_or_name).id, {"paused": True})

    def resume(self, id_or_name: str) -> Schedule:
        """Go on with the next due time; those that have passed meanwhile are left out."""
        one = self._mine(id_or_name)
        [next_at] = following(one.cron, one.zone, time.time(), 1)
        return self._store.change(one.id, {"paused": False, "next_at": next_at})

    def delete(self, id_or_name: str) -> None:
        """Take a schedule away; its runs stay."""
        self._store.delete(self._mine(id_or_name).id)

    def upcoming(self, id_or_name: str, count: int = _SHOWN) -> Times:
        """Give the next due times in unix seconds; none while it is paused."""
        one = self.get(id_or_name)
        return [] if one.paused else following(one.cron, one.zone, time.time(), count)

    def ticks(self, id_or_name: str, limit: int = 50) -> Ticks:
        """Give the newest due times that have passed, and what became of each."""
        return self._store.ticks(self.get(id_or_name).id, limit)

    @property
    def _store(self) -> ScheduleStore:
        return self.house.store.schedules

    def _mine(self, id_or_name: str) -> Schedule:
        one = self._store.get(id_or_name)
        self.house.let(Action.SCHEDULES, Thing(one.project, one.mode))
        return one

    def _fields(self, new: NewSchedule) -> dict[str, Any]:
        mode = LIVE if new.deployment else new.mode
        check_choice(mode)
        self.house.let(Action.SCHEDULES, Thing(self.house.actor.project, mode))
        if not 0 < len(new.name.strip()) <= _LONGEST_NAME:
            raise UsageError(f"a schedule's name has 1 to {_LONGEST_NAME} letters")
        if new.overlap not in OVERLAPS:
            raise UsageError(f"overlap is one of {', '.join(OVERLAPS)}")
        check_times(new.cron, new.zone)
        times = following(new.cron, new.zone, time.time(), 1)
        if not times:
            raise UsageError(f"{new.cron!r:.60} is never due")
        Orders(self.house).check(new.order())
        wanted = asdict(replace(new, paused=False))
        return {
            "name": new.name.strip(),
            "cron": new.cron,
            "zone": new.zone,
            "overlap": new.overlap,
            "paused": new.paused,
            "next_at": times[0],
            "mode": mode,
            "wanted": wanted,
        }


def wanted_of(one: Schedule) -> NewSchedule:
    """Read what a schedule orders."""
    return NewSchedule(**one.wanted)
