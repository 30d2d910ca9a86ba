"""What may stand in a step beside a target: texts, addresses, and uses of a secret."""

from __future__ import annotations

from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    ValidationInfo,
)

from agent.errors import UsageError
from agent.tasks.paths import ValuePath
from agent.tasks.placeholders import quoted
from agent.vault.origin import Origin

# The key of pydantic's validation context that says inputs have not been put in yet.
DRAFT = "draft"


def shown(text: str) -> str:
    """Quote a text of the task for a title: one line, no control characters, not long."""
    return f"“{quoted(text)[1:-1]}”"


Text = Annotated[str, StringConstraints(max_length=10_000)]
NonEmpty = Annotated[str, StringConstraints(min_length=1, max_length=10_000)]
SlotName = Annotated[str, StringConstraints(min_length=1, max_length=64)]


def _web_address(written: str, info: ValidationInfo) -> str:
    if info.context and info.context.get(DRAFT) and "${" in written:
        return written
    try:
        Origin.parse(written)
    except UsageError as error:
        raise ValueError(error.message) from None
    return written


Address = Annotated[
    str,
    StringConstraints(min_length=1, max_length=4_000),
    AfterValidator(_web_address),
    Field(description="A web address, like https://hotel.example/guests."),
]


def _readable(written: str) -> str:
    ValuePath.parse(written)
    return written


Reference = Annotated[
    str,
    StringConstraints(min_length=1, max_length=500),
    AfterValidator(_readable),
    Field(description="A value by its path, like results.guests[0].name."),
]


class SecretUse(BaseModel):
    """A field of the secret that fills a slot; the value itself is never in a task."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    secret: Annotated[SlotName, Field(description="The slot's name.")]
    field: Annotated[
        str,
        Field(
            min_length=1,
            max_length=200,
            description="Which of its fields, or a path in a json secret; totp is a one-time code "
            "made when it is typed.",
        ),
    ]

    @property
    def words(self) -> str:
        """Name the secret's field, for a title."""
        return f"{self.secret}.{self.field}"


# Not words a task could use as a key: pydantic puts them into the path of an error.
_TEXT, _SECRET = "(text)", "(secret)"


def _which(written: object) -> str:
    return _SECRET if isinstance(written, (dict, SecretUse)) else _TEXT


TextOrSecret = Annotated[
    Annotated[Text, Tag(_TEXT)] | Annotated[SecretUse, Tag(_SECRET)], Discriminator(_which)
]
