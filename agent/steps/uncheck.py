"""Take the tick from a check box."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from agent.steps.context import StepResult
from agent.steps.step import Step
from agent.steps.target import Target

if TYPE_CHECKING:
    from agent.steps.context import StepContext


class Uncheck(Step):
    """Take the tick from a check box; one without stays so.

    Example::

        {"type": "uncheck", "target": {"label": "Paid"}}
    """

    type: Literal["uncheck"] = "uncheck"
    target: Target

    def words(self) -> str:
        """Name the element."""
        return f"untick {self.target.words}"

    async def act(self, context: StepContext) -> StepResult:
        """Untick it, and see that it is."""
        limit = self.limit(context)
        await (await self.target.pick(context.session.page, limit)).uncheck(timeout=limit)
        return StepResult()
