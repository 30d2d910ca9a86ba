"""Getting a secret's values: typed where nothing is shown, or piped in as one JSON object.

Nothing here repeats what was typed or piped, whatever is wrong with it.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import Any

import click

from agent.cli.parts import PARTS
from agent.errors import UsageError

HOW = (
    "answer the questions on a terminal, or pipe one JSON object: "
    'runner secrets add … --stdin --json, with {"username": …, "password": …} on its input'
)


@dataclass(frozen=True, slots=True)
class Source:
    """Where the values of this call come from."""

    from_stdin: bool
    no_input: bool

    def fields(self, kind: str, name: str) -> dict[str, str]:
        """Get the fields of one secret of type ``kind``. Raises ``UsageError``."""
        if self.from_stdin:
            return texts(read_object())
        self.require_terminal()
        return _ask(kind, name)

    def require_terminal(self) -> None:
        """Raise ``UsageError`` where nobody can be asked."""
        if self.no_input or not sys.stdin.isatty():
            raise UsageError("the values must be asked for, and nobody can be asked", hint=HOW)


def read_object() -> dict[str, Any]:
    """Read one JSON object from standard input."""
    try:
        found = json.loads(sys.stdin.buffer.read())
    except ValueError:
        raise UsageError("standard input is not JSON", hint=HOW) from None
    if not isinstance(found, dict):
        raise UsageError("standard input is JSON, but not one object", hint=HOW)
    return found


def texts(fields: Any, where: str = "standard input") -> dict[str, str]:
    """Check that ``fields`` is an object of texts; a null is a field left out."""
    if not isinstance(fields, dict):
        raise UsageError(f"{where}: the values of a secret are one JSON object", hint=HOW)
    given = {name: value for name, value in fields.items() if value is not None}
    if not all(isinstance(value, str) for value in given.values()):
        raise UsageError(f"{where}: every field is a text in quotes", hint=HOW)
    return given


def known_type(kind: str) -> str:
    """Check that there is such a type of secret. Raises ``UsageError``."""
    types = PARTS["secret_types"]
    if kind not in types:
        raise UsageError(f"there is no secret type {kind!r}", hint=f"types: {', '.join(types)}")
    return kind


def _ask(kind: str, name: str) -> dict[str, str]:
    made_of = PARTS["secret_types"][known_type(kind)]
    click.echo(f"Values of “{name}” ({kind}). What is hidden is not shown as you type.", err=True)
    answers = {field: _prompt(field, made_of) for field in (*made_of.required, *made_of.optional)}
    return {field: answer for field, answer in answers.items() if answer}


def _prompt(field: str, made_of: Any) -> str:
    optional, hidden = field in made_of.optional, field in made_of.sensitive
    notes = [note for note, true in (("hidden", hidden), ("empty for none", optional)) if true]
    label = "TOTP key" if field == "totp" else field.capitalize()
    question = f"{label} ({', '.join(notes)})" if notes else label
    default = "" if optional else None
    answer: str = click.prompt(
        question, hide_input=hidden, err=True, default=default, show_default=False
    )
    return answer
