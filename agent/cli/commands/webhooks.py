"""``runner webhooks``."""

from __future__ import annotations

from agent.cli.lazy import LazyGroup
from agent.cli.webhooks import SUMMARIES, WEBHOOK_COMMANDS

webhooks = LazyGroup(
    "webhooks",
    table=WEBHOOK_COMMANDS,
    summaries=SUMMARIES,
    help="Have addresses told of ends of runs.",
)
