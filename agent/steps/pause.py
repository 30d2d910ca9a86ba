"""Let a person take over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from agent.steps.context import StepResult
from agent.steps.step import Step

if TYPE_CHECKING:
    from agent.steps.context import StepContext


class Pause(Step):
    """Let a person take over the browser, and go on when it is given back.

    Needs a visible browser (``--headed``) and someone there; otherwise the step fails at once.
    What is done meanwhile is in no trace.

    Example::

        {"type": "pause", "message": "Please solve the puzzle, then go on."}
    """

    type: Literal["pause"] = "pause"
    message: Annotated[
        str, Field(min_length=1, max_length=500, description="What the person is asked to do.")
    ]

    def words(self) -> str:
        """Say that a person takes over."""
        return "wait for a person"

    async def act(self, context: StepContext) -> StepResult:
        """Ask, and wait until the browser is given back."""
        await context.hand_over(self.message)
        return StepResult()
