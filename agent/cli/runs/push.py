"""``runner runs push``."""

from __future__ import annotations

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json
from agent.cli.speech import document, say
from agent.errors import StoreFailed


@click.command(cls=QuietCommand)
@as_json
def push(*, as_json: bool) -> int:
    """Bring artifacts that wait on this machine to the store.

    They wait when the store was away as their run ended; the end of the next run brings them too.
    Exit code 3 when some still wait.
    """
    pushed = open_runner().left.push()
    if as_json:
        waiting = {"waiting": list(pushed.waiting), "why": pushed.why}
        document({"delivered": list(pushed.delivered), **waiting})
    else:
        say(f"{len(pushed.delivered)} runs delivered, {len(pushed.waiting)} waiting")
        if pushed.why:
            say(f"error: {pushed.why}")
    return StoreFailed.exit_code if pushed.waiting else 0
