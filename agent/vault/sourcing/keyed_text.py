"""Sources that keep one text per secret, which may be a JSON object of several values."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, StringConstraints, model_validator

from agent.errors import SourceMalformed, SourceMissing, UsageError
from agent.vault.sourcing.reference import Reference, named_fields
from agent.vault.totp import DIGITS, parse_key

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

    from agent.vault.secret_types import SecretType

Key = Annotated[
    str, StringConstraints(min_length=1, max_length=256, pattern=r"^[^\x00-\x1f\x7f]+$")
]

CODE_FIELD = "totp"


class KeyedText(Reference):
    """Which part of a text is which field.

    A secret of one field is the whole text, or the value under ``key`` where the text is a JSON
    object. Of a type with several fields each is the value under the key of its own name, or under
    the one ``keys`` gives. ``digits`` is the length of codes made of a TOTP key.
    """

    key: Key | None = None
    keys: dict[str, Key] = Field(default_factory=dict)
    digits: Annotated[int, Field(ge=DIGITS[0], le=DIGITS[-1])] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.key is not None and self.keys:
            raise ValueError("key and keys exclude each other")
        return self

    def fields(self, kind: type[SecretType]) -> tuple[str, ...]:
        """Name the fields: required ones always, optional ones where ``keys`` names them."""
        if self.key is not None and len(kind.required) != 1:
            raise UsageError(
                f"key gives one field, and a {kind.name} secret has {', '.join(kind.required)}",
                hint='leave it out, or name each: "keys": {"password": "their-key"}',
            )
        found = named_fields(kind, (*kind.required, *self.keys))
        if self.digits is not None and CODE_FIELD not in found:
            raise UsageError("digits are for a TOTP key, and the secret has none of them")
        return found


def values_in(text: str, reference: KeyedText, fields: Sequence[str], where: str) -> dict[str, str]:
    """Pick the values of ``fields`` out of a fetched text; ``where`` names the place for errors.

    Raises ``SourceMissing`` for a key that is not there and ``SourceMalformed``; neither quotes
    the text.
    """
    if len(fields) == 1 and not reference.keys:
        values = {fields[0]: _single(text, reference.key, where)}
    else:
        held = _object(text, where)
        values = {name: _under(held, reference.keys.get(name, name), where) for name in fields}
    if CODE_FIELD in values and reference.digits is not None:
        values[CODE_FIELD] = _with_digits(values[CODE_FIELD], reference.digits, where)
    return values


def _single(text: str, key: str | None, where: str) -> str:
    if key is None or not text.lstrip().startswith("{"):
        return text
    return _under(_object(text, where), key, where)


def _object(text: str, where: str) -> dict[str, Any]:
    try:
        held = json.loads(text)
    except (ValueError, RecursionError):
        held = None
    if not isinstance(held, dict):
        raise SourceMalformed(
            f"{where} is not a JSON object",
            hint="mend it there; for a plain text leave key and keys out of the reference",
        )
    return held


def _under(held: dict[str, Any], key: str, where: str) -> str:
    if key not in held:
        raise SourceMissing(
            f"{where} has no key {key!r:.80}",
            hint="add the key there, or name another in the reference",
        )
    value = held[key]
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise SourceMalformed(
            f"{where}: the value under {key!r:.80} is not text", hint="write it in quotes there"
        )
    return value


def _with_digits(text: str, digits: int, where: str) -> str:
    try:
        return replace(parse_key(text), digits=digits).uri()
    except UsageError as error:
        raise SourceMalformed(f"{where}: {error.message}", hint=error.hint) from None
