"""``runner limits list``."""

from __future__ import annotations

from dataclasses import asdict

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json
from agent.cli.speech import document, say, table


@click.command("list", cls=QuietCommand)
@as_json
def list_command(*, as_json: bool) -> None:
    """List the limits of sites.

    With each stands how many runs act there just now.
    """
    found = open_runner().limits.list()
    if as_json:
        document([asdict(one) for one in found])
    elif not found:
        say("no limits yet: runner limits set SITE")
    else:
        rows = [
            (
                one.site,
                "" if one.concurrency is None else str(one.concurrency),
                "" if one.per_minute is None else f"{one.per_minute:g}",
                "" if one.per_minute is None else str(one.burst),
                str(one.running),
            )
            for one in found
        ]
        table(("site", "at a time", "per minute", "at once", "running"), rows)
