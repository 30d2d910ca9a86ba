"""``runner run``."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli.exit_codes import exit_code
from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json, no_input, pairs
from agent.cli.parts import PARTS
from agent.cli.progress import Progress
from agent.cli.results import show_end
from agent.cli.speech import document
from agent.cli.stopping import carry_out
from agent.errors import RunInterrupted, UsageError

if TYPE_CHECKING:
    from agent.planner import Plan
    from agent.runner import Runner
    from agent.runs.report import Report


@click.command(cls=QuietCommand)
@click.argument("task", type=click.Path(path_type=Path), required=False)
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
@click.option("--headed", is_flag=True, help="Show the browser.")
@click.option(
    "--slowmo", type=click.FloatRange(0), default=0, metavar="MS", help="Slow every action down."
)
@click.option("--pause-on-failure", is_flag=True, help="Keep the page of a failed step open.")
@click.option(
    "--tracing",
    type=click.Choice(["on", "retain-on-failure", "off"]),
    default="on",
    show_default=True,
    help="When a trace is kept.",
)
@click.option(
    "--screenshot",
    type=click.Choice(["on", "only-on-failure", "off"]),
    default="on",
    show_default=True,
    help="When a picture is taken after a step.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="Put what the run leaves into this folder.",
)
@click.option(
    "--allow-code", is_flag=True, help="Let the task's code steps run; look at them first."
)
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    metavar="S",
    help="Give the run this many seconds.",
)
@no_input
@as_json
@click.pass_context
def run(context: click.Context, /, **_: object) -> int:
    """Carry out a task.

    TASK is a task file; with --deployment it may be left out. Everything is checked before a
    browser opens: the file, the inputs, and that every slot is bound to a secret that fits. What
    the task read is printed; the exit code tells how it ended (runner help exit-codes).
    """
    given = context.params
    runner = open_runner(no_input=given["no_input"])
    plan = _plan(runner, given)
    report = _Course(runner, plan, given).follow()
    if given["as_json"]:
        document(report.document())
    else:
        show_end(report)
    return exit_code(report)


def _plan(runner: Runner, given: dict[str, Any]) -> Plan:
    bindings = pairs("--bind", "SLOT=SECRET", given["bindings"])
    inputs = pairs("--input", "NAME=VALUE", given["inputs"])
    if given["deployment"] is not None:
        if bindings or given["mode"] == "test":
            raise UsageError(
                "a deployment has its own secrets, and runs in live mode",
                hint="leave --bind and --mode away, or --deployment",
            )
        return runner.deploying.plan(given["deployment"], given["task"], inputs)
    if given["task"] is None:
        raise UsageError(
            "TASK is missing: which task is to be run?",
            hint="runner run TASK, or --deployment NAME",
        )
    return runner.plan(given["task"], bindings, inputs, given["mode"] or "test")


@dataclass(frozen=True, slots=True)
class _Course:
    """One run as the terminal follows it."""

    runner: Runner
    plan: Plan
    given: dict[str, Any]

    def follow(self) -> Report:
        """Carry the plan out; a run that a signal stopped has a report too."""
        progress = Progress(no_input=self.given["no_input"])
        try:
            return carry_out(self.runner.run(self.plan, self._options(), progress))
        except asyncio.CancelledError:
            if progress.run_id is None:
                raise RunInterrupted("interrupted before the run began") from None
            return self.runner.report(progress.run_id)

    def _options(self) -> Any:
        given = self.given
        return PARTS["options"](
            headed=given["headed"],
            slow_mo=given["slowmo"],
            pause_on_failure=given["pause_on_failure"],
            tracing=given["tracing"],
            pictures=given["screenshot"],
            output=given["output"],
            timeout=given["timeout"],
            allow_code=given["allow_code"],
        )
