"""``runner schedules``."""

from __future__ import annotations

from agent.cli.lazy import LazyGroup
from agent.cli.schedules import SCHEDULE_COMMANDS, SUMMARIES

schedules = LazyGroup(
    "schedules",
    table=SCHEDULE_COMMANDS,
    summaries=SUMMARIES,
    help="Run stored tasks again and again.",
)
