"""Click an element twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from agent.steps.context import StepResult
from agent.steps.step import Step
from agent.steps.target import Target

if TYPE_CHECKING:
    from agent.steps.context import StepContext


class Dblclick(Step):
    """Click an element twice in quick succession.

    Example::

        {"type": "dblclick", "target": {"role": "cell", "name": "304"}}
    """

    type: Literal["dblclick"] = "dblclick"
    target: Target

    def words(self) -> str:
        """Name the element."""
        return f"double-click {self.target.words}"

    async def act(self, context: StepContext) -> StepResult:
        """Click twice."""
        limit = self.limit(context)
        await (await self.target.pick(context.session.page, limit)).dblclick(timeout=limit)
        return StepResult()
