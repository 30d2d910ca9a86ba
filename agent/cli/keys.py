"""Settling on one TOTP key: which account of an export, and whether a weak one is meant."""

from __future__ import annotations

from typing import Any

import click

from agent.cli.parts import PARTS
from agent.cli.speech import harmless, say
from agent.errors import UsageError

_EXPORT = "otpauth-migration://"
_USUAL_BITS = 128


def settled_key(text: str, *, account: str | None, may_ask: bool) -> str:
    """Return the key that is meant, as text to store; raises ``UsageError``.

    Without a person to ask, a weak key is left for the vault to refuse.
    """
    if text.strip()[: len(_EXPORT)].lower() == _EXPORT:
        text = _of_export(PARTS["read_export"](text), account, may_ask=may_ask)
    elif account is not None:
        raise UsageError("--account is for an export with several accounts, and this is none")
    key = PARTS["read_key"](text)
    if may_ask:
        _tell_of(key)
        if key.weak and not key.weak_accepted:
            question = f"This TOTP key has only {_bits(key)} bits; part may be missing. Use it?"
            click.confirm(question, abort=True, err=True)
            return str(key.accepted().uri())
    return text


def _of_export(export: Any, account: str | None, *, may_ask: bool) -> str:
    if account is not None:
        chosen = export.choose(account)
    elif may_ask and len(export.accounts) > 1:
        chosen = _choice(export)
    else:
        chosen = export.only()
    return str(chosen.key().uri())


def _choice(export: Any) -> Any:
    say(f"The export{export.place} holds:")
    for number, one in enumerate(export.accounts, start=1):
        refusal = f" - cannot be used: {one.refusal}" if one.refusal else ""
        say(f"  {number}  {harmless(one.title)}{refusal}")
    number = click.prompt("Which one", type=click.IntRange(1, len(export.accounts)), err=True)
    return export.accounts[number - 1]


def _tell_of(key: Any) -> None:
    for note in key.notes:
        say(f"note: {note}")
    if not key.weak and _bits(key) < _USUAL_BITS:
        say(f"note: the site gave a TOTP key of {_bits(key)} bits; {_USUAL_BITS} are usual")


def _bits(key: Any) -> int:
    return len(key.seed) * 8
