"""``runner webhooks list``."""

from __future__ import annotations

from dataclasses import asdict

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json
from agent.cli.speech import document, say, table


@click.command("list", cls=QuietCommand)
@as_json
def list_command(*, as_json: bool) -> None:
    """List the webhooks."""
    found = open_runner().webhooks.list()
    if as_json:
        document([asdict(one) for one in found])
    elif not found:
        say("no webhooks yet: runner webhooks add NAME URL")
    else:
        rows = [
            (one.name, one.url, " ".join(one.states) or "all", "paused" if one.paused else "")
            for one in found
        ]
        table(("name", "address", "ends", ""), rows)
