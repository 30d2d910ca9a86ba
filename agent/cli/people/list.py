"""``runner people list``."""

from __future__ import annotations

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json
from agent.cli.speech import document, table


@click.command("list", cls=QuietCommand)
@as_json
def list_command(*, as_json: bool) -> None:
    """List the people of the project."""
    runner = open_runner()
    found = runner.membership.members()
    if as_json:
        people = [{"person": one.person, "role": one.role.value} for one in found]
        document({"project": runner.actor.project, "people": people})
    else:
        table(("person", "role"), [(one.person, one.role.value) for one in found])
