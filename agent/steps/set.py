"""Save a value under a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from agent.steps.context import StepResult
from agent.steps.step import Step
from agent.tasks.names import Name

if TYPE_CHECKING:
    from agent.steps.context import StepContext


class Set(Step):
    """Save a value under a name: a text, or any JSON with placeholders in its texts.

    A text that is one placeholder and nothing else brings the value as it is, a list too.

    Example::

        {"type": "set", "save_as": "summary", "value": {"checked_by": "Ann", "rooms": [101, 102]}}
    """

    values_at: ClassVar[frozenset[str]] = frozenset({"value"})

    overwrites: ClassVar[bool] = True

    type: Literal["set"] = "set"
    save_as: Annotated[Name, Field(description="What the value is called.")]
    value: Annotated[Any, Field(description="The value.")]

    def words(self) -> str:
        """Name the value."""
        return f"set {self.save_as}"

    def saves(self) -> str:
        """The name."""
        return self.save_as

    def needs_browser(self) -> bool:
        """No page is needed."""
        return False

    async def act(self, context: StepContext) -> StepResult:  # noqa: ARG002 - needs nothing of the run
        """Give the value."""
        return StepResult(value=self.value)
