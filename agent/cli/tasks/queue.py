"""``runner tasks queue``."""

from __future__ import annotations

from typing import Any

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json, no_input, pairs
from agent.cli.parts import PARTS
from agent.cli.speech import document, tell
from agent.errors import UsageError


@click.command(cls=QuietCommand)
@click.argument("task", required=False)
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
@click.option("--version", type=click.IntRange(1), metavar="N", help="Run this version of it.")
@click.option("--deployment", metavar="NAME", help="Run a live deployment, with its own secrets.")
@click.option(
    "--priority",
    type=click.IntRange(-100, 100),
    default=0,
    show_default=True,
    help="Higher goes first.",
)
@click.option("--queue", "where", default="", metavar="NAME", help="Wait there; else the task's.")
@click.option(
    "--label",
    "labels",
    multiple=True,
    metavar="NAME",
    help="Wait for a worker that is marked so as well; repeat for more.",
)
@click.option("--after", metavar="TIME", help="Begin no sooner than in 90s, 10m, 2h or 1d.")
@click.option(
    "--at",
    type=click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]),
    metavar="MOMENT",
    help="Begin no sooner than then, like 2026-11-22T06:30 or 2026-11-22T06:30:00+01:00.",
)
@click.option("--key", metavar="TEXT", help="Queue it once, however often this is called.")
@no_input
@as_json
@click.pass_context
def queue(context: click.Context, /, **_: object) -> None:
    """Put a run of a stored task into the queue.

    TASK is its name or id; with --deployment it is left out. Everything is checked first, as
    runner run does. A worker carries it out: runner worker. The run's id is printed.
    """
    given = context.params
    runner = open_runner(no_input=given["no_input"])
    placed = runner.orders.place(_order(given))
    if given["as_json"]:
        document({"run_id": placed.id, "status": placed.state.value})
    else:
        tell(placed.id)


def _order(given: dict[str, Any]) -> Any:
    after, at = given["after"], given["at"]
    if after is not None and at is not None:
        raise UsageError("--after and --at exclude each other")
    return PARTS["order"](
        task=given["task"] or "",
        version=given["version"],
        deployment=given["deployment"] or "",
        bindings=pairs("--bind", "SLOT=SECRET", given["bindings"]),
        inputs=pairs("--input", "NAME=VALUE", given["inputs"]),
        mode=given["mode"],
        idem_key=given["key"],
        priority=given["priority"],
        queue=given["where"],
        labels=given["labels"],
        after=None if after is None else PARTS["seconds_of"](after),
        not_before=None if at is None else at.timestamp(),
    )
