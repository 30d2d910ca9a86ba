"""``runner secrets usage``."""

from __future__ import annotations

from dataclasses import asdict

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json
from agent.cli.secrets.cards import card_document
from agent.cli.speech import document, say, table

SIDES = {
    "tasks": "task",
    "runs": "run_id",
    "origins": "origin",
    "people": "person",
    "versions": "version",
}


@click.command(cls=QuietCommand)
@click.argument("secret")
@as_json
def usage(secret: str, *, as_json: bool) -> None:
    """Tell what a secret was used for.

    SECRET is its id or its name. Names the tasks, runs, origins and people that used it, and
    which version: all that is concerned when it becomes known to others.
    """
    found = open_runner().safety.usage(secret)
    sides = {name: found.told(what) for name, what in SIDES.items()}
    if as_json:
        uses = [asdict(line) for line in found.lines]
        document({"secret": card_document(found.card), **sides, "uses": uses})
        return
    if not found.lines:
        say(f"“{found.card.name}” was never used")
        return
    for name, told in sides.items():
        say(f"{name:<9} {', '.join(told) or '-'}")
    rows = [
        (one.at, one.act, one.outcome, one.person, one.task, one.run_id[:8], one.origin,
         str(one.version or ""), one.field)
        for one in found.lines
    ]  # fmt: skip
    table(("at", "act", "outcome", "by", "task", "run", "origin", "version", "field"), rows)
