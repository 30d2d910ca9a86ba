"""What must hold for a step to go one way or another: data, and nothing that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, Strict, model_validator

from agent.errors import StepFailed
from agent.registry import Table
from agent.steps.target import Target
from agent.steps.values import NonEmpty, Reference, shown
from agent.tasks.inputs import as_text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from typing import Self

    from playwright.async_api import Page

    from agent.steps.context import StepContext

SUBJECTS = ("value", "target", "url", "all", "any", "not")
TESTS = ("equals", "differs", "contains", "more_than", "less_than", "count", "exists")
States = Literal["visible", "hidden", "enabled", "disabled", "checked", "unchecked"]
_Number = Annotated[float | None, Strict()]
_Scalar = (
    Annotated[str, Field(max_length=10_000)]
    | Annotated[bool, Strict()]
    | Annotated[int, Strict()]
    | Annotated[float, Strict()]
    | None
)
_LOOKING: Table[Callable[[Page, Condition, float], Awaitable[bool]]] = Table(
    "agent.steps", {"holds": "looking:holds"}
)


class Condition(BaseModel):
    """One of: a ``value`` and a test of it, a ``target`` in a ``state``, the page's ``url``, or
    ``all``, ``any`` and ``not`` of other conditions.

    A page is looked at as it is now, or until the condition holds for at most ``within`` seconds.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"oneOf": [{"required": [one]} for one in SUBJECTS]},
    )

    value: Reference | None = None
    equals: Annotated[_Scalar, Field(description="The value is this.")] = None
    differs: Annotated[_Scalar, Field(description="The value is not this.")] = None
    contains: Annotated[
        NonEmpty | None, Field(description="The text has this part, or the list this entry.")
    ] = None
    more_than: Annotated[_Number, Field(description="The number is larger.")] = None
    less_than: Annotated[_Number, Field(description="The number is smaller.")] = None
    count: Annotated[
        int | None, Strict(), Field(ge=0, description="The list has so many entries.")
    ] = None
    exists: Annotated[
        bool | None, Strict(), Field(description="Whether there is such a value.")
    ] = None
    target: Target | None = None
    state: Annotated[States | None, Field(description="What the element must be.")] = None
    url: Annotated[
        NonEmpty | None,
        Field(description="The page's address; * stands for anything but /, ** for all."),
    ] = None
    within: Annotated[
        float | None, Strict(), Field(gt=0, le=600, description="Seconds to wait for it.")
    ] = None
    all: Annotated[
        tuple[Condition, ...] | None,
        Field(min_length=1, max_length=20, description="Every one of these holds."),
    ] = None
    any: Annotated[
        tuple[Condition, ...] | None,
        Field(min_length=1, max_length=20, description="At least one of these holds."),
    ] = None
    not_: Annotated[Condition | None, Field(alias="not", description="This one does not hold.")] = (
        None
    )

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        given = [one for one in SUBJECTS if one in self._written()]
        if len(given) != 1:
            raise ValueError(f"needs exactly one of {', '.join(SUBJECTS)}")
        tests = [one for one in TESTS if one in self._written()]
        if (given[0] == "value") != (len(tests) == 1) or len(tests) > 1:
            raise ValueError(f'"value" goes with exactly one of {", ".join(TESTS)}')
        if self.state is not None and self.target is None:
            raise ValueError('"state" goes with "target" only')
        if self.within is not None and given[0] not in ("target", "url"):
            raise ValueError('"within" goes with "target" or "url"')
        return self

    def _written(self) -> set[str]:
        return {"not" if key == "not_" else key for key in self.model_fields_set}

    @property
    def words(self) -> str:
        """Say what must hold."""
        if self.target is not None:
            return f"{self.target.words} is {self.state or 'visible'}"
        if self.url is not None:
            return f"the page is at {shown(self.url)}"
        if self.value is not None:
            test = next(one for one in TESTS if one in self._written())
            wanted = getattr(self, test)
            plain = shown(wanted) if isinstance(wanted, str) else as_text(wanted or 0)
            return f"{self.value} {test.replace('_', ' ')} {plain}"
        if self.not_ is not None:
            return f"not ({self.not_.words})"
        joint, parts = ("and", self.all) if self.all is not None else ("or", self.any or ())
        return f" {joint} ".join(f"({one.words})" for one in parts)

    @property
    def looks_at_page(self) -> bool:
        """Whether it, or one inside it, is about the page."""
        inside = (*(self.all or ()), *(self.any or ()), *((self.not_,) if self.not_ else ()))
        own = self.target is not None or self.url is not None
        return own or any(one.looks_at_page for one in inside)

    def refers(self, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """List the values that are looked up, each with where it is named."""
        if self.value is not None and self.exists is None:
            yield (*path, "value"), self.value
        for key, parts in (("all", self.all), ("any", self.any)):
            for place, one in enumerate(parts or ()):
                yield from one.refers((*path, key, place))
        if self.not_ is not None:
            yield from self.not_.refers((*path, "not"))

    async def holds(self, context: StepContext) -> bool:
        """Tell whether it holds. Raises ``StepFailed`` for a value that is not there."""
        if self.value is not None:
            return self._of_value(context)
        if self.not_ is not None:
            return not await self.not_.holds(context)
        if self.all is not None or self.any is not None:
            return await self._of_several(context)
        return await _LOOKING["holds"](context.session.page, self, 1000 * (self.within or 0))

    async def _of_several(self, context: StepContext) -> bool:
        """Look in order, and no further than needed."""
        for one in self.all or self.any or ():
            if await one.holds(context) is (self.all is None):
                return self.all is None
        return self.all is not None

    def _of_value(self, context: StepContext) -> bool:
        path = self.value or ""
        if self.exists is not None:
            return _is_there(path, context) is self.exists
        value = context.scope.look_up(path)
        test = next(one for one in TESTS if one in self._written())
        return compared(value, test, getattr(self, test), path)


def _is_there(path: str, context: StepContext) -> bool:
    try:
        return context.scope.look_up(path) is not None
    except StepFailed:
        return False


def compared(value: Any, test: str, wanted: Any, path: str) -> bool:
    """Compare a value by one test. Raises ``StepFailed`` for one it cannot be asked of."""
    if test in ("equals", "differs"):
        return _same(value, wanted) is (test == "equals")
    if test == "contains" and isinstance(value, (str, list)):
        return bool(wanted in value)
    if test == "count" and isinstance(value, (list, dict)):
        return bool(len(value) == wanted)
    if test in ("more_than", "less_than") and (number := _number(value)) is not None:
        return bool(number > wanted if test == "more_than" else number < wanted)
    kind = {str: "text", list: "a list", dict: "an object", type(None): "nothing"}
    raise StepFailed(
        f'{path} is {kind.get(type(value), "a number")}; "{test}" cannot be asked of it'
    )


def _same(value: Any, wanted: Any) -> bool:
    """Compare as JSON; a number and its text are the same, as inputs and pages give texts."""
    if isinstance(value, (dict, list)) or value is None or wanted is None:
        return bool(value == wanted)
    return as_text(value) == as_text(wanted)


def _number(value: Any) -> float | None:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    try:
        return float(value) if isinstance(value, str) else None
    except ValueError:
        return None
