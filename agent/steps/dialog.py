"""Say how the page's dialogs are answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from agent.steps.context import StepResult
from agent.steps.step import Step
from agent.steps.values import Text

if TYPE_CHECKING:
    from typing import Self

    from agent.steps.context import StepContext


class Dialog(Step):
    """Say how dialogs of the page (alert, confirm, prompt) are answered from here on.

    Stands before the step that makes one appear. Without it every dialog is dismissed. What a
    dialog said can be expected afterwards: ``{"type": "expect", "dialog": "…"}``.

    Example::

        {"type": "dialog", "answer": "accept"}
    """

    type: Literal["dialog"] = "dialog"
    answer: Annotated[Literal["accept", "dismiss"], Field(description="Which button.")]
    text: Annotated[Text | None, Field(description="What is typed into a prompt.")] = None

    @model_validator(mode="after")
    def _typed_to_accept(self) -> Self:
        if self.text is not None and self.answer != "accept":
            raise ValueError('"text" goes with "answer": "accept" only')
        return self

    def words(self) -> str:
        """Say the answer."""
        return f"{self.answer} dialogs from here on"

    async def act(self, context: StepContext) -> StepResult:
        """Note the answer; nothing is waited for."""
        context.session.dialogs.answer(self.answer, self.text)
        return StepResult()
