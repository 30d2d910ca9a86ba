"""``runner secrets``."""

from __future__ import annotations

from agent.cli.lazy import LazyGroup
from agent.cli.secrets import SECRET_COMMANDS, SUMMARIES

secrets = LazyGroup(
    "secrets",
    table=SECRET_COMMANDS,
    summaries=SUMMARIES,
    help="""Store and look after secrets.

    Values are typed where nothing is shown, or piped in as JSON with --stdin. No option takes
    a value: what stands on a command line can be read by others and stays in the shell's history.
    """,
)
