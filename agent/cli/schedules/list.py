"""``runner schedules list``."""

from __future__ import annotations

from dataclasses import asdict

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json
from agent.cli.speech import document, moment, say, table


@click.command("list", cls=QuietCommand)
@as_json
def list_command(*, as_json: bool) -> None:
    """List the schedules."""
    found = open_runner().schedules.list()
    if as_json:
        document([asdict(one) for one in found])
    elif not found:
        say("no schedules yet: runner schedules add NAME --cron … --task …")
    else:
        rows = [
            (
                one.name,
                one.cron,
                one.zone,
                str(one.wanted["deployment"] or one.wanted["task"]),
                one.overlap,
                "paused" if one.paused else moment(one.next_at),
            )
            for one in found
        ]
        table(("name", "cron", "zone", "runs", "overlap", "next"), rows)
