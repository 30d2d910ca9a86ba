"""``runner resume``."""

from __future__ import annotations

import click

from agent.cli.carrying import follow, how_to_run
from agent.cli.exit_codes import exit_code
from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json, no_input
from agent.cli.results import show_end
from agent.cli.speech import document


@click.command(cls=QuietCommand)
@click.argument("run")
@click.option(
    "--begun",
    type=click.Choice(["done", "again"]),
    help='What to take a step marked "once" for that had begun: look at the site first.',
)
@how_to_run
@no_input
@as_json
@click.pass_context
def resume(context: click.Context, /, **_: object) -> int:
    """Go on with a run that was interrupted.

    RUN is its id or the start of it. A new run begins at the last step marked "checkpoint" that it
    had begun, with a fresh browser and signed in anew; a step marked "once" that was done is left
    out.
    """
    given = context.params
    runner = open_runner(no_input=given["no_input"])
    plan = runner.resuming.plan(given["run"], given["begun"])
    report = follow(runner, plan, given)
    if given["as_json"]:
        document(report.document())
    else:
        show_end(report)
    return exit_code(report)
