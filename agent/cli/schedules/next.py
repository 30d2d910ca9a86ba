"""``runner schedules next``."""

from __future__ import annotations

from dataclasses import asdict

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json
from agent.cli.speech import document, moment, table, tell


@click.command("next", cls=QuietCommand)
@click.argument("schedule")
@click.option("--count", type=click.IntRange(1, 50), default=5, show_default=True, help="How many.")
@as_json
def next_command(schedule: str, count: int, *, as_json: bool) -> None:
    """Show when a schedule is due, and what became of it before.

    SCHEDULE is its name or id.
    """
    runner = open_runner()
    coming = runner.schedules.upcoming(schedule, count)
    ticks = runner.schedules.ticks(schedule, count)
    if as_json:
        document({"next": coming, "before": [asdict(one) for one in ticks]})
        return
    for at in coming:
        tell(moment(at))
    if not coming:
        tell("it is paused, or never due again")
    rows = [(moment(one.due), one.outcome, one.run_id or "", one.why) for one in ticks]
    table(("was due", "outcome", "run", "why"), rows)
