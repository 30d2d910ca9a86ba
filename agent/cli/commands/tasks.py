"""``runner tasks``."""

from __future__ import annotations

from agent.cli.lazy import LazyGroup
from agent.cli.tasks import SUMMARIES, TASK_COMMANDS

tasks = LazyGroup(
    "tasks",
    table=TASK_COMMANDS,
    summaries=SUMMARIES,
    help="Store tasks, and queue runs of them.",
)
