"""``runner tasks show``."""

from __future__ import annotations

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json
from agent.cli.speech import document, moment, table, tell
from agent.cli.tasks.telling import task_document


@click.command(cls=QuietCommand)
@click.argument("task")
@click.option("--version", type=click.IntRange(1), metavar="N", help="Show this version.")
@as_json
def show(task: str, version: int | None, *, as_json: bool) -> None:
    """Show a stored task and its versions.

    TASK is its name or id. With --json the task itself is among what is printed.
    """
    runner = open_runner()
    stored = runner.tasks.get(task, version)
    versions = runner.tasks.versions(stored.id)
    if as_json:
        told = {"document": stored.document, "versions": [task_document(one) for one in versions]}
        document(task_document(stored) | told)
        return
    told_of = runner.tasks.shape(stored).told
    tell(f"{stored.name}, version {stored.version} of {len(versions)}")
    for at, title in told_of.steps:
        tell(f"  {at:>4}  {title}")
    table(
        ("slot", "needs", "sites"),
        [(slot.name, slot.needs, ", ".join(slot.sites)) for slot in told_of.slots],
    )
    table(
        ("version", "task", "stored", "by"),
        [(str(v.version), v.digest[:12], moment(v.created_at), v.created_by) for v in versions],
    )
