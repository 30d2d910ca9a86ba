"""The fence of a run that holds a lease: no value leaves the vault for an attempt that is over."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.errors import RunInterrupted
from agent.runs.clocks import check_clock
from agent.runs.rows import holds
from agent.vault.admission import Admission

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from agent.planner import Plan
    from agent.runs.lease import Lease


@dataclass(frozen=True, slots=True)
class RunFence:
    """What ``agent.vault.fence`` asks, answered by the lease here and the claim in the database.

    The lease alone would be this process's opinion of itself; the database's answer is the one
    that the next worker is given too.
    """

    lease: Lease
    clock: Callable[[], float] = time.time

    def check(self) -> None:
        """Raise ``RunInterrupted`` unless the lease still holds by this process's own reckoning."""
        self.lease.require()

    def confirm(self, connection: Connection) -> None:
        """Raise ``RunInterrupted`` unless the database still has this attempt running."""
        if not holds(connection, self.lease.claim):
            raise RunInterrupted(
                "the run was lost to another worker, or ended: nothing is released for it",
                hint="runner runs show tells how it was recorded",
            )

    def confirm_clock(self, connection: Connection) -> None:
        """Raise ``ClockOff`` where one-time codes made here would be wrong."""
        check_clock(connection, self.clock)


def admission_of(plan: Plan, fence: RunFence) -> Admission:
    """Say what a plan's run must hold to before its secrets are opened."""
    needs = {name: tuple(slot.needed) for name, slot in plan.slots.items()}
    return Admission(plan.mode, plan.sites(), needs, fence)
