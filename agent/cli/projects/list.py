"""``runner projects list``."""

from __future__ import annotations

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json
from agent.cli.speech import document, tell


@click.command("list", cls=QuietCommand)
@as_json
def list_command(*, as_json: bool) -> None:
    """List the projects.

    Each has its own people and secrets. RUNNER_PROJECT chooses one.
    """
    found = open_runner().membership.projects()
    if as_json:
        document(found)
    else:
        for name in found:
            tell(name)
