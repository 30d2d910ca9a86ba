"""Tick a check box or radio button."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from agent.steps.context import StepResult
from agent.steps.step import Step
from agent.steps.target import Target

if TYPE_CHECKING:
    from agent.steps.context import StepContext


class Check(Step):
    """Tick a check box or choose a radio button; one that is ticked stays so.

    Example::

        {"type": "check", "target": {"label": "Paid"}}
    """

    type: Literal["check"] = "check"
    target: Target

    def words(self) -> str:
        """Name the element."""
        return f"tick {self.target.words}"

    async def act(self, context: StepContext) -> StepResult:
        """Tick it, and see that it is."""
        limit = self.limit(context)
        await (await self.target.pick(context.session.page, limit)).check(timeout=limit)
        return StepResult()
