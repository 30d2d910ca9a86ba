"""``runner import``."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from agent.cli.lazy import QuietCommand
from agent.cli.options import as_json
from agent.cli.parts import PARTS
from agent.cli.speech import document, say, table, tell
from agent.cli.writing import write_new


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
    slots: what was typed into them is not written, and a table says which they are.
    """
    made = PARTS["import_file"](file, kind)
    text = json.dumps(made.document, ensure_ascii=False, indent=2)
    if output is not None:
        write_new(output, text + "\n")
    rows = [(str(one.step), one.element, f"{one.slot}.{one.field}") for one in made.filled]
    if as_json:
        filled = [asdict(one) for one in made.filled]
        document({"task": made.document, "filled": filled, "left_out": made.left_out})
        return
    if output is None:
        tell(text)
    if rows:
        table(("step", "field", "is filled from"), rows, aside=True)
    say("\n".join([*(f"left out: {what}" for what in made.left_out), *_next(output)]))


def _next(output: Path | None) -> list[str]:
    return [f"wrote {output}; look at it, then: runner explain {output}"] if output else []
