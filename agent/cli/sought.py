"""Which values a command is to look for: of the vault, or of a file of the user's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli.opening import open_runner
from agent.cli.parts import PARTS
from agent.cli.speech import say
from agent.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.vault.open import RunSecrets

WHOLE_VAULT = "vault"


def sought_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that name the values."""
    options = (
        click.option(
            "--secret-from",
            "secrets",
            multiple=True,
            metavar="VAULT",
            help="A secret of the vault, by name or id; repeat for more. The word vault: all.",
        ),
        click.option(
            "--values-from",
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE",
            help="A JSON file of mode 0600 with values by label; needs no vault.",
        ),
        click.option(
            "--mode",
            type=click.Choice(["test", "live"]),
            default="test",
            show_default=True,
            help="Of which mode the vault's secrets are.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def open_sought(given: dict[str, Any]) -> RunSecrets:
    """Open what is to be looked for; says which values are too short to be found.

    Raises ``UsageError`` unless exactly one source of values is named.
    """
    if bool(given["secrets"]) == (given["values_from"] is not None):
        raise UsageError(
            "which values are to be looked for?",
            hint="--secret-from NAME (or the word vault), or --values-from FILE",
        )
    if given["values_from"] is not None:
        PARTS["harden"]()
        sought: RunSecrets = PARTS["sought_in_file"](given["values_from"])
    else:
        names = () if WHOLE_VAULT in given["secrets"] else given["secrets"]
        sought = open_runner(no_input=given["no_input"]).looking.sought(names, given["mode"])
    for label in sorted(sought.redactor.unsearchable):
        say(f"not looked for: {label} is too short to be told from ordinary text")
    return sought
