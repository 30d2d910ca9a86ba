"""``runner audit``."""

from __future__ import annotations

from agent.cli.audit import AUDIT_COMMANDS, SUMMARIES
from agent.cli.lazy import LazyGroup

audit = LazyGroup(
    "audit",
    table=AUDIT_COMMANDS,
    summaries=SUMMARIES,
    help="Read and check who used which secret when.",
)
