"""``runner deploy``."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli.deployments.telling import deployment_document, tell_difference
from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json, no_input, pairs
from agent.cli.parts import PARTS
from agent.cli.speech import document, tell
from agent.errors import UsageError

if TYPE_CHECKING:
    from agent.runner import Runner


@click.command(cls=QuietCommand)
@click.argument("task", type=click.Path(path_type=Path))
@click.option(
    "--bind",
    "bindings",
    multiple=True,
    metavar="SLOT=SECRET",
    help="Fill a slot with a secret, by its id or name; repeat for more.",
)
@click.option(
    "--copy-secret",
    "copies",
    multiple=True,
    metavar="NAME",
    help="Copy this test secret to live mode; repeat for more. Nothing else is copied.",
)
@click.option("--name", default="", help="What the deployment is called (default: as the task).")
@click.option("--yes", is_flag=True, help="Deploy without asking, after showing what changes.")
@no_input
@as_json
@click.pass_context
def deploy(context: click.Context, /, **_: object) -> None:
    """Make a live deployment of a task.

    TASK is a task file. The deployment keeps the task as it is now, its bindings, and live copies
    of exactly the test secrets that were chosen; it never changes. What would change is shown
    first. A slot whose secret has a live one of its name already goes on with that one.
    """
    given = context.params
    runner = open_runner(no_input=given["no_input"])
    bindings = pairs("--bind", "SLOT=SECRET", given["bindings"])
    wish = PARTS["wish"](given["task"], bindings, given["copies"], given["name"])
    asking = not given["no_input"] and not given["yes"] and sys.stdin.isatty()
    if asking:
        wish = replace(wish, copies=(*wish.copies, *_chosen(runner, wish)))
    proposal = runner.deploying.propose(wish)
    tell_difference(proposal)
    if asking:
        click.confirm("Deploy this?", abort=True, err=True)
    elif not given["yes"]:
        raise UsageError("nothing was deployed: nobody can be asked", hint="--yes")
    made = runner.deploying.deploy(proposal)
    if given["as_json"]:
        document(deployment_document(made))
    else:
        tell(f"deployed “{made.name}”, number {made.number}: runner run --deployment “{made.name}”")


def _chosen(runner: Runner, wish: Any) -> list[str]:
    """Ask for each test secret whether it is to be copied, but for those already chosen."""
    return [
        card.id
        for card in runner.deploying.candidates(wish)
        if not {card.id, card.name} & set(wish.copies)
        and click.confirm(f"Copy the test secret “{card.name}” to live mode?", err=True)
    ]
