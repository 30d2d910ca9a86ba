"""Runs carried out in this very process."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.engine import Order, Tools, execute
from agent.runs.in_line import InLine

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
        """Carry out ``run``, in its turn where its login is to be used by one run at a time.

        Raises ``RunInterrupted`` when someone else has taken or ended it, and ``SecretBusy`` when
        its turn does not come.
        """
        claim = await InLine(self.tools.store, watcher.notice).claim(run)
        try:
            return await execute(Order(claim, plan, options, watcher), self.tools)
        finally:
            await asyncio.to_thread(self.tools.observer.flush)
