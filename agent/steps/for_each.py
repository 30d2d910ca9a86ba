"""Do something with every entry of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field, Strict, model_validator

from agent.errors import StepFailed
from agent.steps.branch import Branch
from agent.steps.context import StepResult, Turn
from agent.steps.step import Step
from agent.steps.values import Reference
from agent.tasks.names import Name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

    from agent.steps.context import StepContext

TAKEN = frozenset({"inputs", "results", "secret", "secrets", "slot", "slots", "vault"})


class ForEach(Step):
    """Do steps once for every entry of a list; they name it ``${item}``, or as ``as`` says.

    With ``collect``, the value at that path after each turn is put into a list, which is saved.

    Example::

        {
            "type": "for_each",
            "items": "results.guests",
            "as": "guest",
            "steps": [{"type": "goto", "url": "https://hotel.example${guest.link}"}]
        }
    """

    branch_keys: ClassVar[tuple[str, ...]] = ("steps",)
    loops: ClassVar[bool] = True
    fixed_at: ClassVar[frozenset[str]] = frozenset({"as", "number_as"})

    type: Literal["for_each"] = "for_each"
    items: Annotated[Reference, Field(description="The list, like results.guests.")]
    as_: Annotated[
        Name, Field(alias="as", description="What the steps call the entry; item by default.")
    ] = "item"
    number_as: Annotated[
        Name | None, Field(description="What the steps call its number, counted from 1.")
    ] = None
    steps: Branch
    at_most: Annotated[
        int, Strict(), Field(ge=1, le=10_000, description="The most entries there may be.")
    ] = 1000
    collect: Annotated[
        Reference | None, Field(description="What is kept of each turn, like results.details.")
    ] = None
    save_as: Annotated[Name | None, Field(description="What the list of these is called.")] = None

    @model_validator(mode="after")
    def _names_fit(self) -> Self:
        for name in self.names():
            if name in TAKEN:
                raise ValueError(f'"{name}" has a meaning of its own; call the entry otherwise')
        if self.as_ == self.number_as:
            raise ValueError("the entry and its number need names of their own")
        if (self.collect is None) != (self.save_as is None):
            raise ValueError('"collect" and "save_as" go together')
        return self

    def words(self) -> str:
        """Name the list."""
        return f"for each {self.as_} of {self.items}"

    def names(self) -> tuple[str, ...]:
        """The entry's name, and its number's."""
        return (self.as_,) if self.number_as is None else (self.as_, self.number_as)

    def refers(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """The list."""
        yield ("items",), self.items

    def saves(self) -> str | None:
        """The name the collected list is saved under."""
        return self.save_as

    def needs_browser(self) -> bool:
        """No page is needed but by the steps inside."""
        return False

    async def act(self, context: StepContext) -> StepResult:
        """Take the entries in order. Raises ``StepFailed`` for what is no list, or too long."""
        entries = context.scope.look_up(self.items)
        if not isinstance(entries, list):
            raise StepFailed(f"{self.items} is not a list")
        if len(entries) > self.at_most:
            raise StepFailed(
                f"{self.items} has {len(entries)} entries, and at most {self.at_most} are expected",
                hint='"at_most" says how many may come',
            )
        kept: list[Any] = []
        for number, entry in enumerate(tuple(entries), start=1):
            names = {self.as_: entry} | ({self.number_as: number} if self.number_as else {})
            await context.carry_out("steps", Turn(number, names))
            if self.collect is not None:
                kept.append(context.scope.look_up(self.collect))
        return StepResult(value=kept)
