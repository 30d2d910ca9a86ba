"""``runner audit export``."""

from __future__ import annotations

import json

import click

from agent.cli.audit.rows import row_document
from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import no_input


@click.command(cls=QuietCommand)
@no_input
def export(*, no_input: bool) -> None:
    """Print the whole audit trail, one JSON object a line."""
    for row in open_runner(no_input=no_input).keys.audit_rows():
        click.echo(json.dumps(row_document(row), ensure_ascii=False))
