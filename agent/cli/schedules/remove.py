"""``runner schedules remove``."""

from __future__ import annotations

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.speech import tell


@click.command(cls=QuietCommand)
@click.argument("schedule")
def remove(schedule: str) -> None:
    """Take a schedule away.

    SCHEDULE is its name or id. Its runs stay.
    """
    open_runner().schedules.delete(schedule)
    tell(f"removed the schedule {schedule}")
