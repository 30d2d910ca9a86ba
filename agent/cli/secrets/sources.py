"""Options that say where a secret's values are kept, for the commands that take them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli.options import pairs
from agent.cli.parts import PARTS
from agent.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

HOW = "--source NAME --reference '{…}', or --from-env FIELD=NAME, or --from-file FIELD=PATH"


def source_options(name: str) -> Callable[[Any], Any]:
    """Make the options; the source itself is named with the option ``name``."""
    options = (
        click.option(
            name,
            "source",
            metavar="SOURCE",
            help="Who keeps the values: local, aws_secrets_manager, onepassword, bitwarden, …",
        ),
        click.option("--reference", metavar="JSON", help="Where the values are there; no secret."),
        click.option(
            "--from-env",
            multiple=True,
            metavar="FIELD=NAME",
            help="Read a field from a variable when a run starts; repeat for more.",
        ),
        click.option(
            "--from-file",
            multiple=True,
            metavar="FIELD=PATH",
            help="Read a field from a file of mode 0600 when a run starts; repeat for more.",
        ),
    )

    def decorate(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def source_in(given: dict[str, Any], kind: str) -> Any | None:
    """Read the options: a source, or None where the vault is to keep the values itself."""
    named, reference = given["source"], given["reference"]
    ways = [bool(named or reference), bool(given["from_env"]), bool(given["from_file"])]
    if sum(ways) > 1:
        raise UsageError("a secret has one source", hint=HOW)
    if given["from_env"]:
        names = _fields("--from-env", "FIELD=NAME", given["from_env"], kind)
        return PARTS["source"]("env", {"variables": names})
    if given["from_file"]:
        paths = _fields("--from-file", "FIELD=PATH", given["from_file"], kind)
        absolute = {field: str(Path(path).absolute()) for field, path in paths.items()}
        return PARTS["source"]("file", {"files": absolute})
    if named in (None, "local") and reference is None:
        return None
    if named is None or reference is None:
        raise UsageError("a source and its reference are given together", hint=HOW)
    return PARTS["source"](named, _object(reference))


def _fields(option: str, form: str, texts: Sequence[str], kind: str) -> dict[str, str]:
    required = PARTS["secret_types"][kind].required
    if len(texts) == len(required) == 1 and "=" not in texts[0]:
        return {required[0]: texts[0]}
    return pairs(option, form, texts)


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise UsageError("--reference is not one JSON object", hint=HOW)
    return found
