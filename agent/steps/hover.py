"""Move the mouse over an element."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from agent.steps.context import StepResult
from agent.steps.step import Step
from agent.steps.target import Target

if TYPE_CHECKING:
    from agent.steps.context import StepContext


class Hover(Step):
    """Move the mouse over an element, for what only shows then.

    Example::

        {"type": "hover", "target": {"role": "link", "name": "Guests"}}
    """

    type: Literal["hover"] = "hover"
    target: Target

    def words(self) -> str:
        """Name the element."""
        return f"hover over {self.target.words}"

    async def act(self, context: StepContext) -> StepResult:
        """Move the mouse there."""
        limit = self.limit(context)
        await (await self.target.pick(context.session.page, limit)).hover(timeout=limit)
        return StepResult()
