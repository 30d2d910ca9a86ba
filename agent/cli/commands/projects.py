"""``runner projects``."""

from __future__ import annotations

from agent.cli.lazy import LazyGroup
from agent.cli.projects import PROJECT_COMMANDS, SUMMARIES

projects = LazyGroup(
    "projects", table=PROJECT_COMMANDS, summaries=SUMMARIES, help="Keep secrets and people apart."
)
