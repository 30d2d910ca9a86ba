"""``runner run``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli.carrying import follow, how_to_run, refuse_here
from agent.cli.exit_codes import exit_code
from agent.cli.lazy import QuietCommand
from agent.cli.many import run_many
from agent.cli.opening import open_runner
from agent.cli.options import as_json, no_input, pairs
from agent.cli.results import show_end
from agent.cli.speech import document
from agent.errors import UsageError

if TYPE_CHECKING:
    from agent.planner import Plan
    from agent.runner import Runner


@click.command(cls=QuietCommand)
@click.argument("tasks", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--bind",
    "bindings",
    multiple=True,
    metavar="SLOT=SECRET",
    help="Fill a slot with a secret, by its id or name; repeat for more.",
)
@click.option(
    "--input",
    "inputs",
    multiple=True,
    metavar="NAME=VALUE",
    help="Give an input of the task; repeat for more.",
)
@click.option(
    "--mode",
    type=click.Choice(["test", "live"]),
    help="Use secrets of this mode; test by default.",
)
@click.option("--deployment", metavar="NAME", help="Run a live deployment, with its own secrets.")
@how_to_run
@click.option(
    "--remote", is_flag=True, help="Leave it to a worker, and follow it: runner help worker."
)
@click.option(
    "--workers",
    type=click.IntRange(1, 16),
    metavar="N",
    help="Of many tasks, run so many at a time; 1 by default.",
)
@click.option(
    "--junit",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write how the tasks ended to this file, as JUnit does.",
)
@no_input
@as_json
@click.pass_context
def run(context: click.Context, /, **_: object) -> int:
    """Carry out a task, or many.

    TASKS is a task file, or several, or a folder of them; with --deployment it may be left out.
    Everything is checked before a browser opens: the file, the inputs, and that every slot is bound
    to a secret that fits. What the task read is printed; the exit code tells how it ended (runner
    help exit-codes). Of many tasks each has one line, and the exit code is that of the worst.

    With --remote it waits in the queue until a worker takes it, and is told of as if it ran here;
    Ctrl-C cancels it.
    """
    given = context.params
    remote: bool = given["remote"]
    if remote:
        refuse_here(given)
    elif _are_many(given):
        return run_many(given)
    runner = open_runner(no_input=given["no_input"])
    plan = _plan(runner, given)
    report = follow(runner, plan, given, remote=remote)
    if given["as_json"]:
        document(report.document())
    else:
        show_end(report)
    return exit_code(report)


def _are_many(given: dict[str, Any]) -> bool:
    tasks: tuple[Path, ...] = given["tasks"]
    wanted = len(tasks) > 1 or any(task.is_dir() for task in tasks)
    wanted = wanted or bool(tasks and (given["junit"] or given["workers"]))
    if wanted and (given["deployment"] or given["pause_on_failure"]):
        named = "--deployment" if given["deployment"] else "--pause-on-failure"
        raise UsageError(f"{named} goes with one task, not with many")
    return wanted


def _plan(runner: Runner, given: dict[str, Any]) -> Plan:
    bindings = pairs("--bind", "SLOT=SECRET", given["bindings"])
    inputs = pairs("--input", "NAME=VALUE", given["inputs"])
    task = given["tasks"][0] if given["tasks"] else None
    if given["deployment"] is not None:
        if bindings or given["mode"] == "test":
            raise UsageError(
                "a deployment has its own secrets, and runs in live mode",
                hint="leave --bind and --mode away, or --deployment",
            )
        return runner.deploying.plan(given["deployment"], task, inputs)
    if task is None:
        raise UsageError(
            "TASK is missing: which task is to be run?",
            hint="runner run TASK, or --deployment NAME",
        )
    return runner.plan(task, bindings, inputs, given["mode"] or "test")
