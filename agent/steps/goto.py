"""Open an address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from agent.registry import Table
from agent.steps.context import StepResult
from agent.steps.step import Step
from agent.steps.values import Address

if TYPE_CHECKING:
    from agent.steps.answering import Answering
    from agent.steps.context import StepContext

# tenacity takes as long to load as a small task takes to check.
_LATER: Table[Answering] = Table("agent.steps", {"until_answered": "answering:until_answered"})


class Goto(Step):
    """Open an address in the page. A server that refuses the connection is asked twice more.

    Example::

        {"type": "goto", "url": "https://hotel.example/guests"}
    """

    type: Literal["goto"] = "goto"
    url: Address
    wait_until: Annotated[
        Literal["commit", "domcontentloaded", "load", "networkidle"],
        Field(description="What the page must have reached before the next step."),
    ] = "load"

    def words(self) -> str:
        """Say which address is opened, without its query."""
        return f"open {self.url.partition('?')[0]}"

    def visits(self) -> tuple[str, ...]:
        """The address."""
        return (self.url,)

    async def act(self, context: StepContext) -> StepResult:
        """Open the address; an answer of any status counts as an answer."""
        page = context.session.page

        async def once() -> None:
            await page.goto(self.url, wait_until=self.wait_until, timeout=self.limit(context))

        await _LATER["until_answered"](once)
        return StepResult()
