"""``runner limits remove``."""

from __future__ import annotations

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.speech import tell


@click.command(cls=QuietCommand)
@click.argument("site")
def remove(site: str) -> None:
    """Take the limit of a site away.

    SITE is written as in runner limits list.
    """
    open_runner().limits.remove(site)
    tell(f"{site} has no limit any more")
