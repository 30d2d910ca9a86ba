"""``runner runs``."""

from __future__ import annotations

from agent.cli.lazy import LazyGroup
from agent.cli.runs import RUN_COMMANDS, SUMMARIES

runs = LazyGroup("runs", table=RUN_COMMANDS, summaries=SUMMARIES, help="Look at past runs.")
