"""Making sure that a person means it: the secret's name, typed again."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from agent.cli.speech import say
from agent.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.runner.keeping import Dependant
    from agent.vault.secret import SecretCard

confirm_option = click.option(
    "--confirm", metavar="NAME", help="Confirm with the secret's name, and ask nothing."
)


def typed_name(card: SecretCard, question: str, confirm: str | None, *, no_input: bool) -> str:
    """Get the secret's name as typed to confirm. Raises ``UsageError`` where nobody can be asked.

    ``confirm`` is the option's value, which scripts give.
    """
    if confirm is not None:
        return confirm
    if no_input or not sys.stdin.isatty():
        raise UsageError(
            "its name must be typed to confirm it, and nobody can be asked",
            hint=f"--confirm “{card.name}”",
        )
    typed: str = click.prompt(f"{question} Type its name", err=True)
    return typed


def tell_dependants(dependants: Sequence[Dependant]) -> None:
    """List what depends on a secret."""
    if not dependants:
        say("nothing depends on it")
    for one in dependants:
        say(f"depends on it: {one.kind} {one.name} ({one.detail})")
