"""``runner tasks remove``."""

from __future__ import annotations

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.speech import tell


@click.command(cls=QuietCommand)
@click.argument("task")
@click.option("--confirm", required=True, metavar="NAME", help="The task's name, once more.")
def remove(task: str, confirm: str) -> None:
    """Take a stored task away.

    TASK is its name or id. Runs that wait or go on keep what they were planned with.
    """
    open_runner().tasks.delete(task, confirm)
    tell(f"removed the stored task {confirm}")
