"""``runner secrets sessions drop``."""

from __future__ import annotations

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json
from agent.cli.speech import document, tell
from agent.errors import UsageError


@click.command(cls=QuietCommand)
@click.argument("secret", required=False)
@click.option("--origin", metavar="URL", default="", help="Only the session at this site.")
@click.option("--all", "every", is_flag=True, help="Those of every secret, damaged ones too.")
@as_json
def drop(secret: str | None, origin: str, *, every: bool, as_json: bool) -> None:
    """Drop kept sessions.

    SECRET is the id or name of the secret they were signed in with. The site is not told: the next
    run just signs in. To end a session at the site itself, sign out there.
    """
    if every == bool(secret) or (every and origin):
        raise UsageError("name a secret, or --all", hint="runner secrets sessions lists them")
    kept = open_runner().kept
    gone = kept.drop_all() if every else kept.drop(secret or "", origin)
    if as_json:
        document({"dropped": gone})
        return
    for where in gone:
        tell(f"dropped: the session at {where}")
    if not gone:
        tell("there was no session to drop")
