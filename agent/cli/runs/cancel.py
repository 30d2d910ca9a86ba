"""``runner runs cancel``."""

from __future__ import annotations

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.speech import tell


@click.command(cls=QuietCommand)
@click.argument("run")
def cancel(run: str) -> None:
    """Take a run back.

    RUN is a run's id or the start of one. One that waits never starts; one that goes on is stopped
    within five seconds, and its browser closed.
    """
    found = open_runner().orders.cancel(run)
    running = found.state.value == "running"
    tell(f"run {found.id} is {'being stopped' if running else found.state.value}")
