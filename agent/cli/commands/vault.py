"""``runner vault``."""

from __future__ import annotations

from agent.cli.lazy import LazyGroup
from agent.cli.vault import SUMMARIES, VAULT_COMMANDS

vault = LazyGroup(
    "vault",
    table=VAULT_COMMANDS,
    summaries=SUMMARIES,
    help="""Look after the vault: its keys, copies of it.

    RUNNER_KEY says what opens it; --unlock-fd before the command gives a passphrase without a
    terminal.
    """,
)
