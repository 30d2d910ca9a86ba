"""Starts what is due. Servers and workers may all do so at once: each due time starts once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from agent.errors import NotFound, RunnerError
from agent.runner.schedules import wanted_of
from agent.runs.cron import following, latest
from agent.runs.schedule_store import LATE, Tick, Ticked

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.runner.orders import Orders
    from agent.runs.run import Run
    from agent.runs.schedule_store import Schedule, ScheduleStore

_NEVER: Final = 4e12


@dataclass(frozen=True, slots=True)
class Ticking:
    """Looks at the schedules of every project; ``orders_of`` gives what their makers may order.

    What a scheduler had taken that was killed before it was done is dealt with by another one.
    """

    store: ScheduleStore
    orders_of: Callable[[Schedule], Orders]

    def tick(self) -> int:
        """Deal with every due time there is; tell how many were this one's to deal with."""
        due, now = self.store.due()
        mine = 0
        for one in due:
            times = following(one.cron, one.zone, now, 1)
            if self.store.move_on(one, times[0] if times else _NEVER):
                mine += 1
                self.store.note(one, self._dealt_with(one, now))
        for at, one in self.store.cut_short():
            # Its run may have been placed: the same key gives the same run.
            mine += 1
            then = replace(one, next_at=at)
            self.store.note(then, self._dealt_with(then, now))
        return mine

    def _dealt_with(self, one: Schedule, now: float) -> Tick:
        tick = Tick(one.next_at, Ticked.MISSED.value, None, "")
        if now - max(one.next_at, latest(one.cron, one.zone, now)) > LATE:
            return replace(tick, why="nobody was there to start it")
        try:
            return self._started(one, tick)
        except RunnerError as error:
            told = error.message.splitlines()[0]
            return replace(tick, outcome=Ticked.REFUSED.value, why=told)

    def _started(self, one: Schedule, tick: Tick) -> Tick:
        orders, new = self.orders_of(one), wanted_of(one)
        before = self._before(one, orders)
        if before is not None and one.overlap == "skip":
            why = f"run {before.id} still goes on"
            return replace(tick, outcome=Ticked.SKIPPED.value, why=why)
        if before is not None and one.overlap == "cancel":
            orders.cancel(before.id)
        key = f"schedule:{one.id}@{one.next_at!r}"
        serial = f"schedule:{one.id}" if one.overlap != "skip" else None
        run = orders.place(replace(new.order(), idem_key=key, serial=serial))
        return replace(tick, outcome=Ticked.STARTED.value, run_id=run.id)

    def _before(self, one: Schedule, orders: Orders) -> Run | None:
        """Give the run of an earlier due time that has not ended."""
        for tick in self.store.ticks(one.id, 10):
            if tick.run_id is None or tick.due == one.next_at:
                continue
            try:
                run = orders.get(tick.run_id)
            except NotFound:
                continue
            return None if run.state.ended else run
        return None
