"""A named hole for a secret: what a task needs of the secret, never the secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from agent.errors import UsageError
from agent.tasks.placeholders import did_you_mean
from agent.vault.origin import OriginRule
from agent.vault.secret_types import SECRET_TYPES

if TYPE_CHECKING:
    from pydantic import ValidationInfo


def _usable(written: str) -> str:
    """Check an origin that holds no input; the others are checked when the task is bound."""
    try:
        if "${" not in written:
            OriginRule.parse(written)
    except UsageError as error:
        raise ValueError(error.message) from None
    return written


class Slot(BaseModel):
    """A hole that one secret fills when the task is run.

    ``fields`` is what the secret must hold (default: what every secret of the type holds);
    ``totp`` says whether it must also be able to make one-time codes; ``origins`` lists the sites
    the task will use it on, each of which the secret's own list must allow.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Annotated[str, Field(description="Which type of secret fits.")] = "login"
    description: Annotated[str, Field(max_length=1000)] = ""
    fields: Annotated[
        tuple[str, ...],
        Field(description="Fields the secret must have; by default its usual ones."),
    ] = ()
    totp: Annotated[
        Literal["required", "optional"],
        Field(description="Whether the secret must be able to make one-time codes."),
    ] = "optional"
    origins: Annotated[
        tuple[Annotated[str, AfterValidator(_usable)], ...],
        Field(
            max_length=50,
            description="Sites the secret will be used on, like https://hotel.example.",
        ),
    ] = ()

    @field_validator("type")
    @classmethod
    def _known_type(cls, written: str) -> str:
        if written not in SECRET_TYPES:
            raise ValueError(f"no such type of secret{did_you_mean(written, list(SECRET_TYPES))}")
        return written

    @field_validator("fields")
    @classmethod
    def _known_fields(cls, written: tuple[str, ...], given: ValidationInfo) -> tuple[str, ...]:
        if "type" not in given.data:
            return written
        kind = SECRET_TYPES[given.data["type"]]
        known = [name for name in (*kind.required, *kind.optional) if name != "totp"]
        for name in written:
            if name == "totp":
                raise ValueError('write "totp": "required" beside "fields" instead')
            if name not in known:
                raise ValueError(
                    f"a secret of this type has no such field{did_you_mean(name, known)}"
                )
        return written

    @property
    def needed(self) -> tuple[str, ...]:
        """The fields a secret must have to fill this slot, ``totp`` among them where required."""
        usual = self.fields or tuple(SECRET_TYPES[self.type].required)
        return (*usual, "totp") if self.totp == "required" else usual

    def offers(self, field: str) -> bool:
        """Tell whether a step may ask this slot for ``field``."""
        return field in self.needed
