"""``runner limits set``."""

from __future__ import annotations

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import no_input
from agent.cli.parts import PARTS
from agent.cli.speech import tell


@click.command("set", cls=QuietCommand)
@click.argument("site")
@click.option("--concurrency", type=click.IntRange(1), metavar="N", help="So many runs at a time.")
@click.option(
    "--per-minute",
    type=click.FloatRange(0, min_open=True),
    metavar="N",
    help="So many runs begin in a minute, evenly; 0.2 is one in five minutes.",
)
@click.option(
    "--burst",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    metavar="N",
    help="Of these so many may begin at once.",
)
@no_input
def set_command(
    site: str, concurrency: int | None, per_minute: float | None, burst: int, *, no_input: bool
) -> None:
    """Limit how much a site is asked.

    SITE is an origin, like https://portal.example. The limit counts for the runs of the project
    that name the site in a slot or a step, on whichever machine; what is over it waits. A second
    call puts another limit in its place.
    """
    limit = PARTS["limit"](site, concurrency, per_minute, burst)
    made = open_runner(no_input=no_input).limits.put(limit)
    tell(f"limited {made.site}")
