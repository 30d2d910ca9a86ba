"""``runner schema``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from agent.cli.lazy import QuietCommand
from agent.cli.parts import PARTS, server_missing
from agent.cli.speech import say, tell
from agent.errors import UsageError


@click.command(cls=QuietCommand)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write it to this file.")
@click.option("--api", is_flag=True, help="Print the OpenAPI description of the server instead.")
def schema(output: Path | None, *, api: bool) -> None:
    """Print the JSON Schema of task files.

    Editors use it to complete and check a task as you write: see "$schema" in docs/cli.md.
    """
    try:
        described = PARTS["openapi" if api else "json_schema"]()
    except ModuleNotFoundError as error:
        raise server_missing(error) from None
    text = json.dumps(described, ensure_ascii=False, indent=2)
    if output is None:
        tell(text)
        return
    try:
        output.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{output}: {error.strerror}") from None
    say(f"wrote {output}")
