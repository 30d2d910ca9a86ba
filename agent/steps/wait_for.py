"""Wait for something to happen on the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from agent.steps.context import StepResult
from agent.steps.step import Step
from agent.steps.target import Target
from agent.steps.values import NonEmpty

if TYPE_CHECKING:
    from typing import Self

    from agent.steps.context import StepContext

WAYS = ("target", "url", "load_state")


class WaitFor(Step):
    """Wait for an element to come or go, for an address, or for the page to be loaded.

    Example::

        {"type": "wait_for", "target": {"text": "Loading"}, "state": "hidden"}
    """

    changes_at_once = False

    type: Literal["wait_for"] = "wait_for"
    target: Target | None = None
    state: Annotated[
        Literal["visible", "hidden", "attached", "detached"] | None,
        Field(description="What to wait for at the target; visible if nothing is said."),
    ] = None
    url: Annotated[
        NonEmpty | None,
        Field(description="Address the page must reach; * stands for anything but /, ** for all."),
    ] = None
    load_state: Annotated[
        Literal["load", "domcontentloaded", "networkidle"] | None,
        Field(description="What the page must have reached."),
    ] = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum(getattr(self, way) is not None for way in WAYS) != 1:
            raise ValueError(f"needs exactly one of {', '.join(WAYS)}")
        if self.state is not None and self.target is None:
            raise ValueError('"state" goes with "target" only')
        return self

    def words(self) -> str:
        """Say what is waited for."""
        if self.target is not None:
            return f"wait for {self.target.words} to be {self.state or 'visible'}"
        if self.url is not None:
            return f"wait for the address {self.url}"
        return f"wait for the page to reach {self.load_state}"

    async def act(self, context: StepContext) -> StepResult:
        """Wait, for at most the step's time."""
        page, limit = context.session.page, self.limit(context)
        if self.target is not None:
            found = self.target.locate(page)
            await found.wait_for(state=self.state or "visible", timeout=limit)
        elif self.url is not None:
            await page.wait_for_url(self.url, wait_until="commit", timeout=limit)
        else:
            await page.wait_for_load_state(self.load_state, timeout=limit)
        return StepResult()
