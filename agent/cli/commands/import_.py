"""``runner import``."""

from __future__ import annotations

from pathlib import Path

import click

from agent.cli.lazy import QuietCommand
from agent.cli.made import show_made
from agent.cli.options import as_json
from agent.cli.parts import PARTS


@click.command("import", cls=QuietCommand)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write it to this file."
)
@click.option(
    "--from",
    "kind",
    type=click.Choice(["devtools", "codegen", "selenium"]),
    help="Which tool recorded it; guessed by default.",
)
@as_json
def import_command(file: Path, output: Path | None, kind: str | None, *, as_json: bool) -> None:
    """Make a task of another tool's recording.

    FILE is what Chrome's DevTools Recorder exports as JSON, what Playwright's codegen writes with
    --target jsonl, or a .side project of Selenium IDE. Fields that look like credentials become
    slots: what was typed into them is not written, and a table says which they are. The moves of a
    login become one sign_in step.
    """
    made = PARTS["import_file"](file, kind)
    show_made(made, output, as_json=as_json)
