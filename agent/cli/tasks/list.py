"""``runner tasks list``."""

from __future__ import annotations

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json
from agent.cli.speech import document, moment, say, table
from agent.cli.tasks.telling import task_document


@click.command("list", cls=QuietCommand)
@as_json
def list_command(*, as_json: bool) -> None:
    """List the stored tasks."""
    found = open_runner().tasks.list()
    if as_json:
        document([task_document(one) for one in found])
    elif not found:
        say("no stored tasks yet: runner tasks add FILE")
    else:
        rows = [
            (one.name, str(one.version), one.digest[:12], moment(one.created_at), one.created_by)
            for one in found
        ]
        table(("name", "version", "task", "stored", "by"), rows)
