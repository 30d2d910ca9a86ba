"""Scroll the page, or a part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, Strict, model_validator

from agent.steps.context import StepResult
from agent.steps.step import Step
from agent.steps.target import Target

if TYPE_CHECKING:
    from typing import Self

    from agent.steps.context import StepContext

FURTHEST = 100_000
_Pixels = Annotated[int | None, Strict(), Field(ge=-FURTHEST, le=FURTHEST)]

_TO_EDGE = """(element, edge) => {
    const one = element ?? document.scrollingElement ?? document.body;
    one.scrollTo({top: edge === "top" ? 0 : one.scrollHeight, behavior: "instant"});
}"""


class Scroll(Step):
    """Scroll until an element is in view, to an edge, or by pixels.

    With ``target`` alone it comes into view; with ``edge`` the target, or else the page, is
    scrolled to its end; ``right`` and ``down`` turn the mouse wheel over the target or where the
    mouse is.

    Example::

        {"type": "scroll", "target": {"role": "row", "nth": -1}}
    """

    type: Literal["scroll"] = "scroll"
    target: Target | None = None
    edge: Annotated[
        Literal["top", "bottom"] | None, Field(description="Scroll all the way up or down.")
    ] = None
    right: Annotated[_Pixels, Field(description="Pixels to the right, or left if below 0.")] = None
    down: Annotated[_Pixels, Field(description="Pixels down, or up if below 0.")] = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        by = self.right is not None or self.down is not None
        if self.edge is not None and by:
            raise ValueError('"edge" does not go with "right" or "down"')
        if self.target is None and self.edge is None and not by:
            raise ValueError("needs target, edge, right or down")
        return self

    def words(self) -> str:
        """Say what is scrolled, and where to."""
        what = "the page" if self.target is None else self.target.words
        if self.edge is not None:
            return f"scroll {what} to the {self.edge}"
        if self.right is None and self.down is None:
            return f"scroll to {what}"
        return f"scroll {what} by {self.right or 0}, {self.down or 0} pixels"

    async def act(self, context: StepContext) -> StepResult:
        """Scroll; what the page loads because of it is for the next step to wait for."""
        page, limit = context.session.page, self.limit(context)
        found = None if self.target is None else await self.target.pick(page, limit)
        if self.edge is not None:
            if found is None:
                await page.evaluate(f"(edge) => ({_TO_EDGE})(null, edge)", self.edge)
            else:
                await found.evaluate(_TO_EDGE, self.edge, timeout=limit)
            return StepResult()
        if found is not None:
            await found.scroll_into_view_if_needed(timeout=limit)
        if self.right is not None or self.down is not None:
            if found is not None:
                await found.hover(timeout=limit)
            await page.mouse.wheel(self.right or 0, self.down or 0)
        return StepResult()
