"""``runner runs show``."""

from __future__ import annotations

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json
from agent.cli.results import needed_document, show_end, show_needed, show_steps
from agent.cli.speech import document, say


@click.command(cls=QuietCommand)
@click.argument("run")
@as_json
def show(run: str, *, as_json: bool) -> None:
    """Show how a run ended, step by step; of one that goes on, what it waits for.

    RUN is a run's id or the start of one.
    """
    runner = open_runner()
    report = runner.report(run)
    needed = runner.taking_over.look(run) if report.status == "running" else None
    if as_json:
        document(report.document() | needed_document(needed))
        return
    show_steps(report)
    show_end(report)
    if report.status == "queued":
        say(f"it waits for {runner.orders.waits_for(runner.orders.get(run))}")
    if needed is not None:
        show_needed(needed)
