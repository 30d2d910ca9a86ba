"""What several resources take and give."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Item = TypeVar("Item")

Mode = Literal["test", "live"]
Visibility = Literal["masked", "restricted"]
RoleName = Literal["owner", "admin", "editor", "runner"]
Name = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Value = Annotated[str, StringConstraints(min_length=1, max_length=16_384)]
"""One value of a secret."""
Fields = Annotated[dict[str, Value], Field(max_length=200)]
"""The values of a secret by field."""


class Taken(BaseModel):
    """What a request's body is read into: nothing else may stand in it."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Given(BaseModel):
    """What is answered."""

    model_config = ConfigDict(frozen=True)


class Listed(Given, Generic[Item]):
    """A list; ``next`` is the cursor of the part that follows, absent at the end."""

    items: list[Item]
    next: str | None = None


class Source(Taken):
    """Where a secret's value is kept instead of here."""

    provider: Word
    reference: dict[str, Any] = Field(max_length=20)


def moment(seconds: float | None) -> str | None:
    """Write a Unix time as UTC (RFC 3339); None for none."""
    if not seconds:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
