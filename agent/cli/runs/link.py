"""``runner runs link``."""

from __future__ import annotations

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.speech import tell

_MOST_MINUTES = 7 * 24 * 60


@click.command(cls=QuietCommand)
@click.argument("run")
@click.argument("name", default="report.html")
@click.option(
    "--minutes",
    type=click.IntRange(1, _MOST_MINUTES),
    default=60,
    show_default=True,
    help="How long the link is good for.",
)
def link(run: str, name: str, minutes: int) -> None:
    """Print a link to one artifact, good for a while.

    It is for someone who has no other access. RUN is a run's id or the start of one, NAME an
    artifact as runner runs show lists it; by default the page. From a bucket it is a signed
    address; from a folder, the file's path. What was withheld has none.
    """
    tell(open_runner().left.link(run, name, minutes * 60))
