"""Do one thing or another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from agent.steps.branch import Branch
from agent.steps.condition import Condition
from agent.steps.context import StepResult, Turn
from agent.steps.step import Step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.steps.context import StepContext


class If(Step):
    """Do the steps under ``then`` if a condition holds, and those under ``else`` if it does not.

    Example::

        {
            "type": "if",
            "condition": {"target": {"text": "Accept cookies"}},
            "then": [{"type": "click", "target": {"text": "Accept cookies"}}]
        }
    """

    branch_keys: ClassVar[tuple[str, ...]] = ("then", "else")
    excludes: ClassVar[bool] = True

    type: Literal["if"] = "if"
    condition: Condition
    then: Branch
    otherwise: Annotated[Branch, Field(alias="else", min_length=0)] = ()

    def words(self) -> str:
        """Say what must hold."""
        return f"if {self.condition.words}"

    def refers(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """List what the condition looks up."""
        return self.condition.refers(("condition",))

    def needs_browser(self) -> bool:
        """A page is needed where the condition looks at one."""
        return self.condition.looks_at_page

    async def act(self, context: StepContext) -> StepResult:
        """Look, and do one of the two."""
        held = await self.condition.holds(context)
        await context.carry_out("then" if held else "else", Turn())
        return StepResult("passed" if held or self.otherwise else "skipped")
