"""``runner db migrate``."""

from __future__ import annotations

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import described
from agent.cli.options import as_json
from agent.cli.parts import PARTS
from agent.cli.speech import document, tell


@click.command(cls=QuietCommand)
@as_json
def migrate(*, as_json: bool) -> None:
    """Bring the database's schema up to date.

    Every command does so when it opens a database that is behind; this one does nothing else. Many
    may do it at once. A database of a newer runner is refused.
    """
    settings, _ = described(no_input=True)
    before = PARTS["look_at"](settings.database)
    PARTS["database"](settings.database).dispose()
    after = PARTS["look_at"](settings.database)
    if as_json:
        document({"before": list(before.revisions), "after": list(after.revisions)})
    elif before.revisions == after.revisions:
        tell(f"{after.address} was current already")
    else:
        was = ", ".join(before.revisions) or "nothing"
        tell(f"{after.address}: from {was} to {', '.join(after.revisions)}")
