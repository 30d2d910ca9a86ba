"""``runner deployments list``."""

from __future__ import annotations

import click

from agent.cli.deployments.telling import deployment_document
from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json
from agent.cli.speech import document, say, table


@click.command("list", cls=QuietCommand)
@as_json
def list_command(*, as_json: bool) -> None:
    """List the live deployments."""
    found = open_runner().deploying.newest()
    if as_json:
        document([deployment_document(one) for one in found])
    elif not found:
        say("no deployments yet: runner deploy TASK --bind SLOT=SECRET --copy-secret NAME")
    else:
        rows = [
            (one.name, str(one.number), one.digest[:12], one.created_at, one.created_by)
            for one in found
        ]
        table(("name", "number", "task", "deployed", "by"), rows)
