"""``runner workers list``."""

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
    """List the workers, and whether they were heard of.

    One that was not heard of for twenty seconds is silent; what it was carrying out is interrupted.
    One that is full takes no runs until its disk has room; one with its clock off makes no codes.
    """
    found = open_runner().orders.workers()
    if as_json:
        document([asdict(one) for one in found])
    elif not found:
        say("no worker is there: runner worker")
    else:
        rows = [
            (
                f"{one.host}/{one.pid}",
                one.state,
                f"{one.running}/{one.concurrency}",
                one.queues,
                one.labels,
                moment(one.started_at),
                moment(one.seen_at),
            )
            for one in found
        ]
        table(("worker", "state", "runs", "queues", "labels", "since", "seen"), rows)
