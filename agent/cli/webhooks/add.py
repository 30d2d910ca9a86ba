"""``runner webhooks add``."""

from __future__ import annotations

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import no_input
from agent.cli.parts import PARTS
from agent.cli.speech import say, tell


@click.command(cls=QuietCommand)
@click.argument("name")
@click.argument("url")
@click.option(
    "--on",
    "states",
    multiple=True,
    type=click.Choice(["succeeded", "failed", "cancelled", "interrupted"]),
    help="Only runs that end so; repeat for more.",
)
@click.option(
    "--local", is_flag=True, help="Allow an address of this machine or of a private network."
)
@no_input
def add(name: str, url: str, states: tuple[str, ...], *, local: bool, no_input: bool) -> None:
    """Have an address told of ends of runs.

    NAME is what the webhook is called, URL where it is. The key that its messages are signed with
    is printed, this once. A server or a worker delivers them.
    """
    runner = open_runner(no_input=no_input)
    made, key = runner.webhooks.add(PARTS["new_webhook"](name, url, states, local))
    say(f"made the webhook {made.name}; its key, shown this once, checks its messages:")
    tell(key)
