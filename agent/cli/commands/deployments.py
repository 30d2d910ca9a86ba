"""``runner deployments``."""

from __future__ import annotations

from agent.cli.deployments import DEPLOYMENT_COMMANDS, SUMMARIES
from agent.cli.lazy import LazyGroup

deployments = LazyGroup(
    "deployments", table=DEPLOYMENT_COMMANDS, summaries=SUMMARIES, help="Look at live deployments."
)
