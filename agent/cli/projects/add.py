"""``runner projects add``."""

from __future__ import annotations

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.speech import tell


@click.command(cls=QuietCommand)
@click.argument("name")
def add(name: str) -> None:
    """Make a project.

    NAME is its name; you become its Owner.
    """
    open_runner().membership.add_project(name)
    tell(f"made the project {name}: RUNNER_PROJECT={name} chooses it")
