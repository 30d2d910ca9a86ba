"""``runner workers``."""

from __future__ import annotations

from agent.cli.lazy import LazyGroup
from agent.cli.workers import SUMMARIES, WORKER_COMMANDS

workers = LazyGroup(
    "workers", table=WORKER_COMMANDS, summaries=SUMMARIES, help="Look at the workers there are."
)
