"""Keep a picture of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from agent.steps.context import StepResult
from agent.steps.step import Step
from agent.tasks.names import FileName

if TYPE_CHECKING:
    from agent.steps.context import StepContext


class Screenshot(Step):
    """Keep a picture of the page with every secret in it covered.

    Example::

        {"type": "screenshot", "file": "guests"}
    """

    type: Literal["screenshot"] = "screenshot"
    file: Annotated[
        FileName, Field(description="What the picture is called; letters, digits, - and _.")
    ] = "screenshot"

    def words(self) -> str:
        """Name the picture."""
        return f"take the picture “{self.file}”"

    async def act(self, context: StepContext) -> StepResult:
        """Ask the run's camera, which is the one thing that takes pictures."""
        await context.take_picture(self.file)
        return StepResult()
