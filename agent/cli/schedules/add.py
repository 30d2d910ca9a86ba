"""``runner schedules add``."""

from __future__ import annotations

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import no_input, pairs
from agent.cli.parts import PARTS
from agent.cli.speech import moment, tell


@click.command(cls=QuietCommand)
@click.argument("name")
@click.option("--cron", required=True, metavar="FIELDS", help="minute hour day month weekday.")
@click.option("--zone", default="UTC", show_default=True, help="The time zone they are meant in.")
@click.option("--task", default="", metavar="NAME", help="The stored task.")
@click.option("--deployment", default="", metavar="NAME", help="Or a live deployment.")
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
@click.option("--mode", type=click.Choice(["test", "live"]), default="test", show_default=True)
@click.option(
    "--overlap",
    type=click.Choice(["skip", "queue", "cancel"]),
    default="skip",
    show_default=True,
    help="While the run before goes on: leave this one out, let it wait, or stop the one before.",
)
@no_input
@click.pass_context
def add(context: click.Context, /, **_: object) -> None:
    """Run a stored task again and again.

    NAME is what the schedule is called. It runs in your name, with the version of the task that is
    used at the time. A server or a worker must be there when it is due.
    """
    given = context.params
    runner = open_runner(no_input=given["no_input"])
    new = PARTS["new_schedule"](
        name=given["name"],
        cron=given["cron"],
        zone=given["zone"],
        task=given["task"],
        deployment=given["deployment"],
        bindings=pairs("--bind", "SLOT=SECRET", given["bindings"]),
        inputs=pairs("--input", "NAME=VALUE", given["inputs"]),
        mode=given["mode"],
        overlap=given["overlap"],
    )
    made = runner.schedules.add(new)
    tell(f"made the schedule {made.name}; it is due next on {moment(made.next_at)}")
