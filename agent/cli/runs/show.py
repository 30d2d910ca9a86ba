"""``runner runs show``."""

from __future__ import annotations

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json
from agent.cli.results import show_end, show_steps
from agent.cli.speech import document, say


@click.command(cls=QuietCommand)
@click.argument("run")
@as_json
def show(run: str, *, as_json: bool) -> None:
    """Show how a run ended, step by step.

    RUN is a run's id or the start of one.
    """
    runner = open_runner()
    report = runner.report(run)
    if as_json:
        document(report.document())
    else:
        show_steps(report)
        show_end(report)
        if report.status == "queued":
            say(f"it waits for {runner.orders.waits_for(runner.orders.get(run))}")
