"""``runner deployments show``."""

from __future__ import annotations

import click

from agent.cli.deployments.telling import deployment_document
from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json
from agent.cli.speech import document, tell


@click.command(cls=QuietCommand)
@click.argument("deployment")
@as_json
def show(deployment: str, *, as_json: bool) -> None:
    """Show a live deployment and those before it.

    DEPLOYMENT is its name or an id. The newest is what runner run --deployment runs.
    """
    every = [deployment_document(one) for one in open_runner().deploying.history(deployment)]
    if as_json:
        document({**every[-1], "before": every[:-1]})
        return
    for name, value in every[-1].items():
        if name != "bindings":
            tell(f"{name.replace('_', ' '):<11} {value}")
    for slot, bound in every[-1]["bindings"].items():
        source = bound["source_secret_id"]
        copied = f", a copy of {source} version {bound['source_version']}" if source else ""
        tell(f"{slot:<11} {bound['secret']}{copied}")
    for one in every[:-1]:
        tell(f"before      number {one['number']}, {one['created_at']}, {one['digest'][:12]}")
