"""Click an element."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from agent.steps.context import StepResult
from agent.steps.step import Step
from agent.steps.target import Target

if TYPE_CHECKING:
    from agent.steps.context import StepContext


class Click(Step):
    """Click an element once it is visible, still and enabled.

    Example::

        {"type": "click", "target": {"role": "link", "name": "Guests"}}
    """

    type: Literal["click"] = "click"
    target: Target
    button: Annotated[
        Literal["left", "middle", "right"], Field(description="Which mouse button.")
    ] = "left"

    def words(self) -> str:
        """Name the element."""
        return f"click {self.target.words}"

    async def act(self, context: StepContext) -> StepResult:
        """Click; more than one matching element is an error, as everywhere in Playwright."""
        found = await self.target.pick(context.session.page, self.limit(context))
        await found.click(button=self.button, timeout=self.limit(context))
        return StepResult()
