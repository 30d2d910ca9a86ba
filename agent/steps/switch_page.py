"""Go on in another tab or window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, Strict, model_validator

from agent.registry import Table
from agent.steps.context import StepResult
from agent.steps.step import Step
from agent.steps.values import NonEmpty, shown

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Self

    from agent.browser.session import Session
    from agent.steps.context import StepContext

_FINDING: Table[Callable[[Session, str | None, int | None, float], Awaitable[None]]] = Table(
    "agent.browser", {"turn_to": "pages:turn_to"}
)


class SwitchPage(Step):
    """Go on in another tab or window, once it is there.

    Without this step a run goes on in the newest page, and when that closes in the one before.

    Example::

        {"type": "switch_page", "url": "**/invoices/*"}
    """

    type: Literal["switch_page"] = "switch_page"
    url: Annotated[
        NonEmpty | None,
        Field(description="Its address; * stands for anything but /, ** for all."),
    ] = None
    number: Annotated[
        int | None,
        Strict(),
        Field(ge=-100, le=99, description="Its place in the order of opening: 0 first, -1 last."),
    ] = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.url is None) == (self.number is None):
            raise ValueError("needs exactly one of url, number")
        return self

    def words(self) -> str:
        """Say which page is meant."""
        which = f"number {self.number}" if self.url is None else f"at {shown(self.url)}"
        return f"go on in the page {which}"

    async def act(self, context: StepContext) -> StepResult:
        """Wait for the page and bring it to the front."""
        await _FINDING["turn_to"](context.session, self.url, self.number, self.limit(context))
        return StepResult()
