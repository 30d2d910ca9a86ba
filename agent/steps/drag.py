"""Drag one element onto another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from agent.steps.context import StepResult
from agent.steps.step import Step
from agent.steps.target import Target

if TYPE_CHECKING:
    from agent.steps.context import StepContext


class Drag(Step):
    """Drag an element onto another and let it go there.

    Example::

        {"type": "drag", "target": {"text": "Room 304"}, "to": {"label": "Cleaned"}}
    """

    type: Literal["drag"] = "drag"
    target: Target
    to: Annotated[Target, Field(description="The element it is let go over.")]

    def words(self) -> str:
        """Name both elements."""
        return f"drag {self.target.words} onto {self.to.words}"

    async def act(self, context: StepContext) -> StepResult:
        """Press, move and let go."""
        page, limit = context.session.page, self.limit(context)
        held = await self.target.pick(page, limit)
        await held.drag_to(await self.to.pick(page, limit), timeout=limit)
        return StepResult()
