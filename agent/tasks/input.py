"""A named hole for a plain value, given when the task is run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    field_validator,
    model_validator,
)

from agent.tasks.inputs import InputType, Scalar, convert, fits

if TYPE_CHECKING:
    from typing import Self

    from pydantic import ValidationInfo

Written = StrictStr | StrictBool | StrictInt | StrictFloat


class Input(BaseModel):
    """A value the task's texts may use as ``${inputs.NAME}``. Not for secrets."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Annotated[
        InputType, Field(description="What kind of value; a date is written 2026-11-22.")
    ] = "string"
    description: Annotated[str, Field(max_length=1000)] = ""
    default: Annotated[
        Written | None, Field(description="The value when none is given; it must fit the type.")
    ] = None
    required: Annotated[
        StrictBool | None,
        Field(description="Whether a value must be given; by default, when there is no default."),
    ] = None
    enum: Annotated[
        tuple[Written, ...], Field(max_length=200, description="The only values allowed.")
    ] = ()

    @field_validator("enum")
    @classmethod
    def _choices_fit(cls, written: tuple[Scalar, ...], given: ValidationInfo) -> tuple[Scalar, ...]:
        kind: InputType = given.data.get("type", "string")
        return tuple(fits(kind, choice) for choice in written)

    @model_validator(mode="after")
    def _default_fits(self) -> Self:
        if self.default is None:
            return self
        if self.required:
            raise ValueError("an input with a default cannot be required as well")
        if fits(self.type, self.default) not in (self.enum or (self.default,)):
            raise ValueError('the default is not among the values of "enum"')
        return self

    @property
    def is_required(self) -> bool:
        """Whether a run without a value for this input is refused."""
        return self.default is None and self.required is not False

    def value(self, given: Scalar | None) -> Scalar:
        """Make the value of a run: what was given, or the default, or empty text.

        Raises ``ValueError`` saying what kind of value is expected.
        """
        if given is None:
            return "" if self.default is None else convert(self.type, self.default)
        value = convert(self.type, given)
        if self.enum and value not in self.enum:
            raise ValueError(f"expected one of {', '.join(str(choice) for choice in self.enum)}")
        return value
