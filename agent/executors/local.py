"""Runs carried out in this very process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.engine import Order, Tools, execute
from agent.errors import RunInterrupted
from agent.runs.worker import this_worker

if TYPE_CHECKING:
    from agent.planner import Plan
    from agent.runs.options import RunOptions
    from agent.runs.report import Report
    from agent.runs.run import Run
    from agent.runs.watcher import Watcher


@dataclass(frozen=True, slots=True)
class LocalExecutor:
    """The executor of one machine: claims the run and carries it out at once."""

    tools: Tools

    async def carry_out(
        self, run: Run, plan: Plan, options: RunOptions, watcher: Watcher
    ) -> Report:
        """Carry out ``run``. Raises ``RunInterrupted`` when someone else has taken or ended it."""
        claim = self.tools.store.claim(run.id, this_worker())
        if claim is None:
            raise RunInterrupted(
                f"run {run.id} is not to be had: it was taken or ended elsewhere",
                hint="runner runs show tells how it stands",
            )
        return await execute(Order(claim, plan, options, watcher), self.tools)
