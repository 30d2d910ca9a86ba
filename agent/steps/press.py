"""Press a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from agent.steps.context import StepResult
from agent.steps.step import Step
from agent.steps.target import Target

if TYPE_CHECKING:
    from agent.steps.context import StepContext


class Press(Step):
    """Press a key or a combination, on an element or where the focus is.

    Example::

        {"type": "press", "key": "Control+A", "target": {"label": "Room"}}
    """

    type: Literal["press"] = "press"
    key: Annotated[
        str,
        Field(min_length=1, max_length=40, description="As Playwright names it: Enter, Control+A."),
    ]
    target: Target | None = None

    def words(self) -> str:
        """Name the key, and the element if there is one."""
        return f"press {self.key}" + (f" in {self.target.words}" if self.target else "")

    async def act(self, context: StepContext) -> StepResult:
        """Press the key and let it go."""
        page = context.session.page
        if self.target is None:
            await page.keyboard.press(self.key)
        else:
            limit = self.limit(context)
            await (await self.target.pick(page, limit)).press(self.key, timeout=limit)
        return StepResult()
