"""Options that several commands share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from agent.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
no_input = click.option("--no-input", is_flag=True, help="Never ask anything.")
generate = click.option(
    "--generate", is_flag=True, help="Make a new passphrase and show it, instead of asking for one."
)
from_stdin = click.option(
    "--stdin", "from_stdin", is_flag=True, help="Read the values as one JSON object from stdin."
)


def pairs(option: str, form: str, texts: Sequence[str]) -> dict[str, str]:
    """Split texts like ``NAME=VALUE``. Raises ``UsageError`` without repeating a wrong one."""
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not name or not equals:
            raise UsageError(f"{option} takes {form}", hint="see --help")
        if name in found:
            raise UsageError(f"{option} {name} is given twice")
        found[name] = value
    return found
