"""What ``runner run`` and ``runner resume`` share: how a run is carried out, and followed."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from agent.cli.parts import PARTS
from agent.cli.progress import Progress
from agent.cli.speech import say
from agent.cli.stopping import CANCELLING, CLOSING, carry_out
from agent.errors import RunInterrupted, UsageError
from agent.runs.states import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.planner import Plan
    from agent.runner import Runner
    from agent.runs.options import RunOptions
    from agent.runs.report import Report

Command = TypeVar("Command", bound="Callable[..., Any]")

_OPTIONS = (
    click.option("--headed", is_flag=True, help="Show the browser."),
    click.option(
        "--slowmo",
        type=click.FloatRange(0),
        default=0,
        metavar="MS",
        help="Slow every action down.",
    ),
    click.option("--pause-on-failure", is_flag=True, help="Keep the page of a failed step open."),
    click.option(
        "--tracing",
        type=click.Choice(["on", "retain-on-failure", "off"]),
        default="on",
        show_default=True,
        help="When a trace is kept.",
    ),
    click.option(
        "--screenshot",
        type=click.Choice(["on", "only-on-failure", "off"]),
        default="on",
        show_default=True,
        help="When a picture is taken after a step.",
    ),
    click.option(
        "--video",
        type=click.Choice(["on", "only-on-failure", "off"]),
        help="When a masked film of the run is kept; off by default.",
    ),
    click.option(
        "--keep",
        "extras",
        multiple=True,
        type=click.Choice(["aria", "console", "download", "har", "html", "junit", "websocket"]),
        help="Keep this as well, cleaned and checked; repeat for more.",
    ),
    click.option(
        "--output",
        type=click.Path(path_type=Path, file_okay=False),
        help="Put what the run leaves into this folder.",
    ),
    click.option(
        "--allow-code", is_flag=True, help="Let the task's code steps run; look at them first."
    ),
    click.option("--fresh", is_flag=True, help="Sign in anew, also where a session was kept."),
    click.option(
        "--timeout",
        type=click.FloatRange(0, min_open=True),
        metavar="S",
        help="Give the run this many seconds.",
    ),
    click.option(
        "--wait-for-person",
        type=click.FloatRange(0, 86_400, min_open=True),
        metavar="S",
        help="Wait so long for a person at the server's page of the run, where only one can go on.",
    ),
)

_HERE = ("headed", "pause_on_failure", "output", "allow_code", "workers", "junit")
"""The options that mean something only for a run of this process."""


def how_to_run(command: Command) -> Command:
    """Give a command the options that say how a run is carried out."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def options_of(given: dict[str, Any], output: Path | None = None) -> RunOptions:
    """Read these options; ``output`` takes the place of the folder given."""
    made: RunOptions = PARTS["options"](
        headed=given["headed"],
        slow_mo=given["slowmo"],
        pause_on_failure=given["pause_on_failure"],
        tracing=given["tracing"],
        pictures=given["screenshot"],
        video=given["video"],
        output=output or given["output"],
        timeout=given["timeout"],
        extras=frozenset(given["extras"]),
        allow_code=given["allow_code"],
        fresh=given["fresh"],
        wait_for_person=given["wait_for_person"],
    )
    return made


def refuse_here(given: dict[str, Any]) -> None:
    """Refuse what cannot be asked of a worker. Raises ``UsageError``."""
    for name in _HERE:
        if given[name]:
            option = f"--{name.replace('_', '-')}"
            hint = "code is run from the queue as a deployment: runner deploy"
            raise UsageError(
                f"{option} is for runs carried out here, not for --remote",
                hint=hint if name == "allow_code" else "",
            )
    tasks: tuple[Path, ...] = given["tasks"]
    if len(tasks) > 1 or any(task.is_dir() for task in tasks):
        raise UsageError("--remote goes with one task, not with many")


def follow(runner: Runner, plan: Plan, given: dict[str, Any], *, remote: bool = False) -> Report:
    """Carry a plan out, one line per step; a run that a signal stopped has a report too.

    ``remote``: a worker does, and it is followed.
    """
    progress = Progress(no_input=given["no_input"])
    work = runner.run(plan, options_of(given), progress, remote=remote)
    try:
        return carry_out(work, CANCELLING if remote else CLOSING)
    except asyncio.CancelledError:
        if progress.run_id is None:
            raise RunInterrupted("interrupted before the run began") from None
        report = runner.report(progress.run_id)
        if remote and not State(report.status).ended:
            say(f"run {report.run_id} has not ended yet: runner runs show {report.run_id}")
        return report
