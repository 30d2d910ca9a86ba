"""Checks every type of secret makes of what a person entered; no error quotes a value."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from agent.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from agent.vault.origin import OriginPolicy
    from agent.vault.secret_type import SecretType

LONGEST: Final = 16_384
"""Characters a value may have."""
LONGEST_NAME: Final = 120
"""Characters a secret's name may have."""


def check_fields(kind: type[SecretType], fields: Mapping[str, str]) -> dict[str, str]:
    """Refuse unknown, missing, empty, overlong and non-text fields (``UsageError``)."""
    known = (*kind.required, *kind.optional)
    for name in fields:
        if name not in known:
            raise UsageError(
                f"a {kind.name} secret has no field {name!r:.60}{did_you_mean(name, known)}",
                hint=f"its fields are {', '.join(known)}",
            )
    for name in kind.required:
        if name not in fields:
            raise UsageError(f"a {kind.name} secret needs {name}")
    for name, value in fields.items():
        check_text(name, value)
    return dict(fields)


def check_one_line(fields: Mapping[str, str], names: Iterable[str]) -> None:
    """Refuse line breaks and other control characters: a field of a page cannot hold them."""
    for name in names:
        if not all(character >= " " and character != "\x7f" for character in fields.get(name, "")):
            raise UsageError(
                f"{name} holds a line break or another control character",
                hint="a copied value often ends with one: enter it without",
            )


def check_name(name: str) -> None:
    """Refuse a secret's name that is empty, overlong or unprintable (``UsageError``)."""
    if not name.strip() or name != name.strip():
        raise UsageError("a secret's name is empty, or begins or ends with a space")
    if len(name) > LONGEST_NAME:
        raise UsageError(f"a secret's name is longer than {LONGEST_NAME} characters")
    if not name.isprintable():
        raise UsageError("a secret's name holds a character that cannot be printed")


def check_schemes(kind: type[SecretType], origins: OriginPolicy) -> None:
    """Refuse origins that a secret of this type can never be used on (``UsageError``)."""
    for rule in origins.rules:
        if rule.origin.scheme not in kind.schemes:
            usual = "https" if "https" in kind.schemes else max(kind.schemes)
            raise UsageError(
                f"a {kind.name} secret is not for {rule}",
                hint=f"its origins are like {usual}://host.example",
            )


def did_you_mean(written: str, known: Iterable[str]) -> str:
    """Return ``; did you mean …?`` for the nearest known word, or nothing."""
    near = get_close_matches(written, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""


def check_text(name: str, value: object) -> None:
    """Refuse a field that is no text, empty, overlong or cannot be written (``UsageError``)."""
    if not isinstance(value, str):
        raise UsageError(f"{name} is not text")
    if not value.strip():
        raise UsageError(f"{name} is empty", hint="leave an optional field out instead")
    if len(value) > LONGEST:
        raise UsageError(f"{name} is longer than {LONGEST} characters")
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise UsageError(f"{name} holds a character that is no text")
