"""``runner secrets sessions``."""

from __future__ import annotations

import click

from agent.cli.kept import KEPT_COMMANDS, SUMMARIES
from agent.cli.kept.list import show_sessions
from agent.cli.lazy import LazyGroup


@click.pass_context
def _without_verb(context: click.Context, *, as_json: bool) -> None:
    if context.invoked_subcommand is None:
        show_sessions(as_json=as_json)


sessions = LazyGroup(
    "sessions",
    table=KEPT_COMMANDS,
    summaries=SUMMARIES,
    invoke_without_command=True,
    callback=_without_verb,
    params=[click.Option(["--json", "as_json"], is_flag=True, help="Print one JSON document.")],
    help="""List and drop kept sessions.

    A task whose sign_in step says "session": "keep" leaves its session sealed in the vault, and the
    next run goes on with it instead of signing in. Whatever happens to the secret drops it.
    """,
)
