"""Close a tab or window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from agent.errors import StepFailed
from agent.steps.context import StepResult
from agent.steps.step import Step

if TYPE_CHECKING:
    from agent.steps.context import StepContext


class ClosePage(Step):
    """Close the page worked in; the run goes on in the one that was opened before it.

    Example::

        {"type": "close_page"}
    """

    type: Literal["close_page"] = "close_page"

    def words(self) -> str:
        """Say that the page is closed."""
        return "close the page"

    async def act(self, context: StepContext) -> StepResult:
        """Close it. Raises ``StepFailed`` for the only page there is."""
        if len(context.session.pages) == 1:
            raise StepFailed("this is the only page; there would be none to go on in")
        await context.session.page.close()
        return StepResult()
