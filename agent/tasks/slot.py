"""A named hole for a secret: what a task needs of the secret, never the secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from agent.errors import UsageError
from agent.tasks.placeholders import did_you_mean
from agent.vault.origin import OriginRule
from agent.vault.providers import PROVIDERS
from agent.vault.secret_type import Use
from agent.vault.secret_types import SECRET_TYPES
from agent.vault.sourcing.contents import Source, contents

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


UsableOrigin = Annotated[str, AfterValidator(_usable)]


class Kept(BaseModel):
    """Where the value of a slot's secret is kept, for a slot that no person has to bind."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    provider: Annotated[str, Field(description="The source, like aws_secrets_manager.")]
    reference: Annotated[
        dict[str, Any], Field(description="Where in it, as for runner secrets add --reference.")
    ]

    @field_validator("provider")
    @classmethod
    def _may_be_named(cls, written: str) -> str:
        allowed = [name for name in PROVIDERS if PROVIDERS[name].in_tasks]
        if written in PROVIDERS and written not in allowed:
            raise ValueError(
                f"a task may not name this source; it may name {', '.join(allowed)}. Store the "
                "secret with runner secrets add --source, and bind it"
            )
        if written not in allowed:
            raise ValueError(f"no such source{did_you_mean(written, allowed)}")
        return written

    def source(self) -> Source:
        """Give it as the vault takes it."""
        return Source(self.provider, self.reference)


class Slot(BaseModel):
    """A hole that one secret fills when the task is run.

    ``fields`` is what the secret must hold (default: what every secret of the type holds; of a
    ``json`` secret they are paths in its document);
    ``totp`` says whether it must also be able to make one-time codes; ``origins`` lists the sites
    the task will use it on, each of which the secret's own list must allow; ``concurrency`` is for
    sites that let an account in once at a time.
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
        tuple[UsableOrigin, ...],
        Field(
            max_length=50,
            description="Sites the secret will be used on, like https://hotel.example.",
        ),
    ] = ()
    concurrency: Annotated[
        Literal[1] | None,
        Field(description="1: of all runs with this slot's secret, one goes on at a time."),
    ] = None
    source: Annotated[
        Kept | None,
        Field(description="Where the value is kept; such a slot needs origins and no binding."),
    ] = None

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
            if name == "totp" and "totp" in kind.optional:
                raise ValueError('write "totp": "required" beside "fields" instead')
            if not kind.may_hold(name):
                raise ValueError(
                    f"a secret of this type has no such field{did_you_mean(name, known)}"
                )
        return written

    @field_validator("totp")
    @classmethod
    def _has_codes(cls, written: str, given: ValidationInfo) -> str:
        kind = given.data.get("type")
        if written == "required" and kind and Use.TOTP not in SECRET_TYPES[kind].uses:
            raise ValueError("a secret of this type makes no one-time codes")
        return written

    @field_validator("source")
    @classmethod
    def _whole(cls, written: Kept | None, given: ValidationInfo) -> Kept | None:
        if written is None or not {"type", "origins"} <= given.data.keys():
            return written
        origins = given.data["origins"]
        if not origins or any("${" in origin for origin in origins):
            raise ValueError("a slot with a source needs origins, and no input in them")
        try:
            contents(given.data["type"], {}, written.source())
        except UsageError as error:
            raise ValueError(error.message) from None
        return written

    @property
    def needed(self) -> tuple[str, ...]:
        """The fields a secret must have to fill this slot, ``totp`` among them where required."""
        usual = self.fields or tuple(SECRET_TYPES[self.type].required)
        wanted = (*usual, "totp") if self.totp == "required" else usual
        return tuple(dict.fromkeys(wanted))

    def offers(self, field: str) -> bool:
        """Tell whether a step may ask this slot for ``field``."""
        return field in self.needed
