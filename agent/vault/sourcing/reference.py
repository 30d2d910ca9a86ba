"""References: where the values of a secret are, never the values.

A reference is sealed beside a secret's name. Each source has a model of its own, which lists all
that may be in one; a reference is no secret and may be shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from agent.errors import UsageError
from agent.vault.fields import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from agent.vault.secret_types import SecretType

# One line of text that no program could take for an option.
Word = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x20\x7f-][^\x00-\x1f\x7f]{0,2047}$")]


class Reference(BaseModel):
    """Says where the values of one secret are."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)

    def fields(self, kind: type[SecretType]) -> tuple[str, ...]:
        """Name the fields a secret of this type gets from here. Raises ``UsageError``."""
        raise NotImplementedError

    def written(self) -> dict[str, Any]:
        """Give it as the JSON values it was written as."""
        return self.model_dump(mode="json", exclude_defaults=True)


def read_reference(source: str, model: type[Reference], written: Mapping[str, Any]) -> Reference:
    """Check a reference that a person wrote. Raises ``UsageError``, which quotes no value."""
    try:
        return model.model_validate(dict(written))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    if first["type"] == "missing":
        message = f"{place} is missing"
    elif first["type"] == "extra_forbidden":
        message = f"there is no {place:.60}{did_you_mean(place, model.model_fields)}"
    elif first["type"] == "value_error":
        message = first["msg"].removeprefix("Value error, ")
    else:
        message = f"{place} is not of the right form"
    known = ", ".join(model.model_fields)
    raise UsageError(f"the reference to {source}: {message}", hint=f"it may hold {known}")


def named_fields(kind: type[SecretType], named: Iterable[str]) -> tuple[str, ...]:
    """Check that the named fields make a whole secret of this type; required ones come first."""
    given = set(named)
    known = (*kind.required, *kind.optional)
    for name in given:
        if name not in known:
            raise UsageError(
                f"a {kind.name} secret has no field {name!r:.60}{did_you_mean(name, known)}",
                hint=f"its fields are {', '.join(known)}",
            )
    missing = [name for name in kind.required if name not in given]
    if missing:
        raise UsageError(
            f"a {kind.name} secret needs {', '.join(missing)}",
            hint="the reference must say where each field is",
        )
    return tuple(name for name in known if name in given)
