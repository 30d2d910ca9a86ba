"""Expect something of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, Strict, model_validator

from agent.errors import StepFailed
from agent.registry import Table
from agent.steps.context import StepResult
from agent.steps.step import Step
from agent.steps.target import Target
from agent.steps.values import NonEmpty, Text, shown

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Self

    from playwright.async_api import Page

    from agent.steps.context import StepContext

OF_TARGET = ("state", "text", "contains", "value", "count")
OF_PAGE = ("url", "title", "dialog")
_PHRASES = {
    "state": "be",
    "text": "have the text",
    "contains": "contain",
    "value": "hold",
    "count": "count",
    "url": "be at",
    "title": "have the title",
    "dialog": "have said in a dialog",
}

# Playwright's assertions do the waiting; they are loaded with the first expectation that runs.
_WAITING: Table[Callable[[Page, Expect, float], Awaitable[str | None]]] = Table(
    "agent.steps", {"unmet": "unmet:unmet"}
)


class Expect(Step):
    """Fail the run unless something holds, or comes to hold within the step's time.

    With a ``target`` and nothing else, the element must be visible.

    Example::

        {"type": "expect", "target": {"role": "heading"}, "contains": "Guests"}
    """

    type: Literal["expect"] = "expect"
    target: Target | None = None
    state: Annotated[
        Literal["visible", "hidden", "enabled", "disabled", "checked", "unchecked"] | None,
        Field(description="What the element must be."),
    ] = None
    text: Annotated[Text | None, Field(description="The element's whole text.")] = None
    contains: Annotated[NonEmpty | None, Field(description="A part of the element's text.")] = None
    value: Annotated[Text | None, Field(description="What stands in the field.")] = None
    count: Annotated[
        int | None, Strict(), Field(ge=0, le=100_000, description="How many elements match.")
    ] = None
    url: Annotated[
        NonEmpty | None,
        Field(description="The page's address; * stands for anything but /, ** for all."),
    ] = None
    dialog: Annotated[
        NonEmpty | None,
        Field(description="A part of what a dialog said, after a dialog step."),
    ] = None
    # "title" in the file; Step.title is what the step itself is called.
    page_title: Annotated[Text | None, Field(alias="title", description="The page's title.")] = None

    @model_validator(mode="after")
    def _one_condition(self) -> Self:
        ways = OF_PAGE if self.target is None else OF_TARGET
        given = [key for key, _ in self._given()]
        if len(given) > 1:
            raise ValueError(f"expects one thing at a time, not {', '.join(given)}")
        if self.target is None and not given:
            raise ValueError(f"needs a target, or one of {', '.join(OF_PAGE)}")
        if given and given[0] not in ways:
            needs = "needs a target" if self.target is None else "is about the page, not a target"
            raise ValueError(f'"{given[0]}" {needs}')
        return self

    def _given(self) -> list[tuple[str, Any]]:
        written = [
            *((key, getattr(self, key)) for key in (*OF_TARGET, "url", "dialog")),
            ("title", self.page_title),
        ]
        return [(key, wanted) for key, wanted in written if wanted is not None]

    @property
    def condition(self) -> tuple[str, Any]:
        """What must hold: the key of the task file and what it must be."""
        given = self._given()
        return given[0] if given else ("state", "visible")

    def words(self) -> str:
        """Say what is expected of what."""
        key, wanted = self.condition
        subject = "the page" if self.target is None else self.target.words
        plain = wanted if key in ("state", "count") else shown(wanted)
        return f"expect {subject} to {_PHRASES[key]} {plain}"

    async def act(self, context: StepContext) -> StepResult:
        """Wait until it holds. Raises ``StepFailed`` saying what was expected and what was seen."""
        session = context.session
        if self.dialog is not None:
            await self._said(self.dialog, context)
            return StepResult()
        seen = await _WAITING["unmet"](session.page, self, self.limit(context))
        if seen is None:
            return StepResult()
        clean = " ".join(session.secrets.redactor.redact_text(seen).split())
        raise StepFailed(f"{self.words()}: it did not hold in time; seen: {shown(clean)}")

    async def _said(self, part: str, context: StepContext) -> None:
        if not await context.session.dialogs.said(part, self.limit(context)):
            count = len(context.session.dialogs.messages) or "no"
            raise StepFailed(
                f"{self.words()}: no dialog did in time; {count} opened",
                hint="a dialog step must stand before the step that makes it appear",
            )
