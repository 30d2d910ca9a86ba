"""``runner tasks add``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.speech import tell


@click.command(cls=QuietCommand)
@click.argument("task", type=click.Path(path_type=Path))
def add(task: Path) -> None:
    """Store a task, or a new version of it.

    TASK is a task file; what it includes is stored with it. A stored task of the same name gets
    a new version, which is used from now on; runs that wait keep theirs.
    """
    runner = open_runner()
    text = json.dumps(runner.validate(task).document()).encode()
    stored = runner.tasks.put(text)
    tell(f"stored {stored.name}, version {stored.version}")
