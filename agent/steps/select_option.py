"""Choose an option of a select element."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, Strict, model_validator

from agent.steps.context import StepResult
from agent.steps.step import Step
from agent.steps.target import Target
from agent.steps.values import Text, shown

if TYPE_CHECKING:
    from typing import Self

    from agent.steps.context import StepContext

WAYS = ("value", "label", "index")


class SelectOption(Step):
    """Choose an option of a select element by its value, its label or its place in the list.

    Example::

        {"type": "select_option", "target": {"label": "Floor"}, "label": "Second"}
    """

    type: Literal["select_option"] = "select_option"
    target: Target
    value: Annotated[Text | None, Field(description="The option's value attribute.")] = None
    label: Annotated[Text | None, Field(description="The text the option shows.")] = None
    index: Annotated[
        int | None, Strict(), Field(ge=0, le=100_000, description="The option's place, from 0.")
    ] = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if len(self._choice()) != 1:
            raise ValueError(f"needs exactly one of {', '.join(WAYS)}")
        return self

    def _choice(self) -> dict[str, Any]:
        given = {way: getattr(self, way) for way in WAYS}
        return {way: option for way, option in given.items() if option is not None}

    def words(self) -> str:
        """Name the option and the element."""
        ((way, option),) = self._choice().items()
        chosen = f"number {option + 1}" if way == "index" else shown(option)
        return f"choose option {chosen} in {self.target.words}"

    async def act(self, context: StepContext) -> StepResult:
        """Choose the option, waiting until the element has it."""
        found = await self.target.pick(context.session.page, self.limit(context))
        await found.select_option(**self._choice(), timeout=self.limit(context))
        return StepResult()
