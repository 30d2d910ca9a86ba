"""``runner secrets sessions list``."""

from __future__ import annotations

import time
from datetime import datetime

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json
from agent.cli.speech import document, say, table

_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60))


def show_sessions(*, as_json: bool) -> None:
    """Print what is kept, for people or for scripts; never what is in it."""
    found = open_runner().kept.lines()
    if as_json:
        document(
            [
                {
                    "secret": one.card.id,
                    "name": one.card.name,
                    "origin": one.kept.origin,
                    "mode": one.kept.mode,
                    "version": one.kept.version,
                    "saved_at": one.kept.saved_at,
                    "last_used_at": one.kept.used_at or None,
                }
                for one in found
            ]
        )
    elif not found:
        say('no session is kept; a sign_in step keeps its own with "session": "keep"')
    else:
        rows = [
            (
                one.card.name,
                one.kept.origin,
                one.kept.mode,
                _ago(one.kept.saved_at),
                one.kept.used_at[:16] or "never",
            )
            for one in found
        ]
        table(("secret", "origin", "mode", "age", "last used"), rows)


def _ago(moment: str) -> str:
    seconds = max(0.0, time.time() - datetime.fromisoformat(moment).timestamp())
    for unit, length in _UNITS:
        if seconds >= length:
            return f"{seconds // length:.0f} {unit}"
    return f"{seconds:.0f} s"


@click.command("list", cls=QuietCommand)
@as_json
def list_command(*, as_json: bool) -> None:
    """List the kept sessions.

    Shows for each which secret it was signed in with, where, in which mode, how old it is, and when
    a run last went on with it. What is in a session is never shown.
    """
    show_sessions(as_json=as_json)
