"""Where runs happen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from agent.planner import Plan
    from agent.runs.options import RunOptions
    from agent.runs.report import Report
    from agent.runs.run import Run
    from agent.runs.watcher import Watcher


class Executor(Protocol):
    """A place that carries out recorded runs."""

    async def carry_out(
        self, run: Run, plan: Plan, options: RunOptions, watcher: Watcher
    ) -> Report:
        """Claim ``run``, carry it out and return its report."""
