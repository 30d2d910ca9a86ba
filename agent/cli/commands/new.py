"""``runner new``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from agent.cli.lazy import QuietCommand
from agent.cli.parts import PARTS
from agent.cli.speech import say
from agent.cli.writing import write_new
from agent.errors import UsageError

SCHEMA = "task.schema.json"


@click.command(cls=QuietCommand)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--url",
    default="https://hotel.example/login",
    show_default=True,
    metavar="URL",
    help="Where the task begins.",
)
def new(file: Path, url: str) -> None:
    """Write a task to start from.

    FILE is made, and beside it the schema by which your editor completes it. JSON has no comments:
    the notes are the "description" keys, which every step may have and nothing reads.
    """
    try:
        origin = str(PARTS["origin"].parse(url))
    except UsageError as error:
        raise UsageError(f"--url: {error.message}") from None
    write_new(file, json.dumps(_task(file.stem, url, origin), indent=2) + "\n")
    schema = file.parent / SCHEMA
    if not schema.exists():
        write_new(schema, json.dumps(PARTS["json_schema"](), ensure_ascii=False, indent=2) + "\n")
    PARTS["read_task"](file)
    say(f"wrote {file}")
    say(f'next: runner secrets add --name "My login" --type login --origin {origin}')
    say(f'      runner run {file} --bind LOGIN="My login" --headed')


def _task(name: str, url: str, origin: str) -> dict[str, Any]:
    return {
        "$schema": SCHEMA,
        "name": name,
        "description": "What this task is for.",
        "slots": {
            "LOGIN": {
                "type": "login",
                "description": "Filled when it is run: --bind LOGIN=SECRET. No secret stands here. "
                'Say "totp": "required" if the site asks for one-time codes.',
                "origins": [origin],
            }
        },
        "inputs": {
            "day": {
                "type": "date",
                "description": "A plain value, given with --input day=…; steps name it inputs.day.",
                "default": "2026-11-22",
            }
        },
        "steps": [
            {
                "type": "sign_in",
                "description": "Finds the fields by itself. After it you are on the site's page.",
                "slot": "LOGIN",
                "url": url,
            },
            {
                "type": "expect",
                "description": "Says what must be there. Elements are found by role, label, text, "
                "test_id, css and others: docs/task-file.md.",
                "target": {"role": "heading", "nth": 0},
                "state": "visible",
            },
            {
                "type": "extract",
                "description": "Reads rows into records; the run prints them.",
                "target": {"css": "h1"},
                "fields": {"text": {"css": ":scope"}},
                "save_as": "headings",
            },
            {"type": "screenshot", "description": "With every secret in it covered."},
        ],
        "outputs": {"headings": "results.headings"},
    }
