"""Do something until a condition holds."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field, Strict

from agent.errors import StepFailed
from agent.steps.branch import Branch
from agent.steps.condition import Condition
from agent.steps.context import StepResult, Turn
from agent.steps.step import Step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.steps.context import StepContext


class RepeatUntil(Step):
    """Do steps, then look whether the condition holds; if not, again.

    Example::

        {
            "type": "repeat_until",
            "until": {"target": {"text": "Ready"}, "within": 2},
            "steps": [{"type": "click", "target": {"role": "button", "name": "Refresh"}}],
            "at_most": 10
        }
    """

    branch_keys: ClassVar[tuple[str, ...]] = ("steps",)
    loops: ClassVar[bool] = True

    type: Literal["repeat_until"] = "repeat_until"
    until: Condition
    steps: Branch
    at_most: Annotated[
        int, Strict(), Field(ge=1, le=10_000, description="How many turns before it fails.")
    ] = 10
    pause: Annotated[
        float, Strict(), Field(ge=0, le=3600, description="Seconds between two turns.")
    ] = 0.0

    def words(self) -> str:
        """Say what is waited for."""
        return f"repeat until {self.until.words}"

    def refers(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Nothing before the first turn: what the condition looks up, the steps may save."""
        return iter(())

    def needs_browser(self) -> bool:
        """A page is needed where the condition looks at one."""
        return self.until.looks_at_page

    async def act(self, context: StepContext) -> StepResult:
        """Take turns. Raises ``StepFailed`` when the last one has not brought it about."""
        for number in range(1, self.at_most + 1):
            await context.carry_out("steps", Turn(number))
            if await self.until.holds(context):
                return StepResult(value=number)
            if self.pause and number < self.at_most:
                await asyncio.sleep(self.pause)
        raise StepFailed(
            f"after {self.at_most} turns it still does not hold that {self.until.words}",
            hint='"at_most" says how many turns are taken',
        )
