"""``runner limits``."""

from __future__ import annotations

from agent.cli.lazy import LazyGroup
from agent.cli.limits import LIMIT_COMMANDS, SUMMARIES

limits = LazyGroup(
    "limits",
    table=LIMIT_COMMANDS,
    summaries=SUMMARIES,
    help="Say how much sites are asked.",
)
