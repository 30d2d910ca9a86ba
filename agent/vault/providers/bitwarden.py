"""Bitwarden, through its own programs: ``bws`` for Secrets Manager, ``bw`` for the vault."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final

from pydantic import StringConstraints, model_validator

from agent.errors import SourceMalformed, SourceMissing
from agent.vault.sourcing.keyed_text import KeyedText, values_in
from agent.vault.sourcing.program import Program
from agent.vault.sourcing.reference import named_fields

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

    from agent.vault.secret_types import SecretType

BWS: Final = Program(
    "bws",
    "Bitwarden Secrets Manager",
    ("BWS_ACCESS_TOKEN", "BWS_SERVER_URL", "BWS_PROFILE", "BWS_CONFIG_FILE"),
    "give this program a BWS_ACCESS_TOKEN that may read the secret",
)
BW: Final = Program(
    "bw",
    "Bitwarden",
    ("BW_SESSION", "BITWARDENCLI_APPDATA_DIR"),
    "unlock it with bw unlock, and give this program the BW_SESSION it prints",
)

Id = Annotated[
    str, StringConstraints(pattern=r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$")
]

_OF_LOGINS: Final = ("username", "password", "totp")


class BitwardenReference(KeyedText):
    """Either ``secret_id`` (Secrets Manager) or ``item_id`` (a login, or its custom fields).

    A secret's text is split as ``key``, ``keys`` and ``digits`` say. Of an item ``keys`` names the
    custom field of a field that is called otherwise, and so asks for an optional one.
    """

    secret_id: Id | None = None
    item_id: Id | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.secret_id is None) == (self.item_id is None):
            raise ValueError("it takes either secret_id or item_id")
        if self.item_id is not None and (self.key is not None or self.digits is not None):
            raise ValueError("key and digits go with secret_id")
        return self

    def fields(self, kind: type[SecretType]) -> tuple[str, ...]:
        """Name the fields: required ones, and those that ``keys`` names."""
        if self.item_id is not None:
            return named_fields(kind, (*kind.required, *self.keys))
        return super().fields(kind)


class Bitwarden:
    """Asks ``bws`` or ``bw``."""

    reference: ClassVar[type[BitwardenReference]] = BitwardenReference
    in_tasks: ClassVar[bool] = False

    def fetch(self, reference: BitwardenReference, fields: Sequence[str]) -> dict[str, str]:
        """Get the values. Raises ``SourceFailed``."""
        if reference.secret_id is not None:
            where = f"secret {reference.secret_id}"
            arguments = ("secret", "get", reference.secret_id, "--output", "json")
            held = _object(BWS.ask(arguments, where), where)
            if not isinstance(held.get("value"), str):
                raise _unknown(where)
            return values_in(held["value"], reference, fields, f"Bitwarden's {where}")
        where = f"item {reference.item_id}"
        asked = ("get", "item", reference.item_id or "", "--nointeraction")
        held = _object(BW.ask(asked, where), where)
        return {name: _pick(held, name, reference.keys.get(name), where) for name in fields}


def _object(text: str, where: str) -> dict[str, Any]:
    try:
        held = json.loads(text)
    except (ValueError, RecursionError):
        raise _unknown(where) from None
    if not isinstance(held, dict):
        raise _unknown(where)
    return held


def _pick(held: dict[str, Any], name: str, label: str | None, where: str) -> str:
    wanted, login = label or name, held.get("login")
    if wanted in _OF_LOGINS and isinstance(login, dict):
        found = login.get(wanted)
    else:
        found = _custom(held.get("fields"), wanted)
    if not isinstance(found, str) or not found:
        raise SourceMissing(
            f"Bitwarden's {where} has no {wanted!r:.80}",
            hint="fill it there, or say with keys what it is called",
        )
    return found


def _custom(fields: object, label: str) -> Any:
    for field in fields if isinstance(fields, list) else ():
        if isinstance(field, dict) and field.get("name") == label:
            return field.get("value")
    return None


def _unknown(where: str) -> SourceMalformed:
    return SourceMalformed(
        f"Bitwarden's {where} has an unknown form", hint="see whether the program was updated"
    )
