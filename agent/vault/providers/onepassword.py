"""1Password, through its own program ``op``: one field by secret reference, or a whole item."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final

from pydantic import Field, StringConstraints, model_validator

from agent.errors import SourceMalformed, SourceMissing
from agent.vault.sourcing.program import Program
from agent.vault.sourcing.reference import Reference, Word, named_fields

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

    from agent.vault.secret_types import SecretType

OP: Final = Program(
    "op",
    "1Password",
    (
        "OP_SERVICE_ACCOUNT_TOKEN",
        "OP_CONNECT_HOST",
        "OP_CONNECT_TOKEN",
        "OP_ACCOUNT",
        "OP_SESSION_",
    ),
    "sign in with op signin, or give this program an OP_SERVICE_ACCOUNT_TOKEN",
)

Address = Annotated[str, StringConstraints(pattern=r"^op://[^\x00-\x1f\x7f]{3,1024}$")]


class OnePasswordReference(Reference):
    """Either ``references`` (field → ``op://vault/item/field``) or an ``item`` of a ``vault``.

    Of an item the user name, the password and the one-time password's key are found by what they
    are, other fields by their label; ``fields_from`` names the label of a field that is called
    otherwise, and so asks for an optional one.
    """

    references: dict[str, Address] = Field(default_factory=dict)
    item: Word | None = None
    vault: Word | None = None
    fields_from: dict[str, str] = Field(default_factory=dict, max_length=50)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.references) == (self.item is not None):
            raise ValueError("it takes either references or item")
        if self.item is None and (self.vault or self.fields_from):
            raise ValueError("vault and fields_from go with item")
        return self

    def fields(self, kind: type[SecretType]) -> tuple[str, ...]:
        """Name the fields: those referred to, or of an item the required and the named ones."""
        if self.references:
            return named_fields(kind, self.references)
        return named_fields(kind, (*kind.required, *self.fields_from))


class OnePassword:
    """Asks ``op``."""

    reference: ClassVar[type[OnePasswordReference]] = OnePasswordReference
    in_tasks: ClassVar[bool] = False

    def fetch(self, reference: OnePasswordReference, fields: Sequence[str]) -> dict[str, str]:
        """Get the values. Raises ``SourceFailed``."""
        if reference.item is None:
            return {name: _read(reference, name) for name in fields}
        where = f"item {reference.item!r:.80}"
        held = _item(reference, where)
        return {name: _pick(held, name, reference.fields_from.get(name), where) for name in fields}


def _read(reference: OnePasswordReference, name: str) -> str:
    if name not in reference.references:
        raise SourceMissing(f"the reference says nothing of {name}", hint="add its op:// address")
    address = reference.references[name]
    return OP.ask(("read", "--no-newline", address), address)


def _item(reference: OnePasswordReference, where: str) -> list[dict[str, Any]]:
    arguments = ["item", "get", reference.item or "", "--format", "json", "--reveal"]
    if reference.vault is not None:
        arguments += ["--vault", reference.vault]
    try:
        held = json.loads(OP.ask(arguments, where))["fields"]
        if not all(isinstance(field, dict) for field in held):
            raise TypeError
    except (ValueError, KeyError, TypeError, RecursionError):
        raise SourceMalformed(
            f"1Password's {where} has an unknown form", hint="refer to each field with op://…"
        ) from None
    return list(held)


def _pick(held: list[dict[str, Any]], name: str, label: str | None, where: str) -> str:
    wanted = label or name
    for field in held:
        value = field.get("value")
        if isinstance(value, str) and value and _is(field, wanted):
            return value
    raise SourceMissing(
        f"1Password's {where} has no {wanted!r:.80}",
        hint="fill it there, or say with fields_from what it is called",
    )


def _is(field: dict[str, Any], wanted: str) -> bool:
    if wanted == "totp" and field.get("type") == "OTP":
        return True
    if wanted in ("username", "password") and field.get("purpose") == wanted.upper():
        return True
    return field.get("label") == wanted
