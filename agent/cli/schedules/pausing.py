"""``runner schedules pause`` and ``runner schedules resume``."""

from __future__ import annotations

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.speech import moment, tell


@click.command(cls=QuietCommand)
@click.argument("schedule")
def pause(schedule: str) -> None:
    """Start nothing until it is resumed.

    SCHEDULE is its name or id. A run that goes on is left alone.
    """
    tell(f"paused {open_runner().schedules.pause(schedule).name}")


@click.command(cls=QuietCommand)
@click.argument("schedule")
def resume(schedule: str) -> None:
    """Go on with the next due time.

    SCHEDULE is its name or id. Due times that have passed meanwhile are left out.
    """
    one = open_runner().schedules.resume(schedule)
    tell(f"{one.name} is due next on {moment(one.next_at)}")
