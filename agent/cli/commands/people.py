"""``runner people``."""

from __future__ import annotations

from agent.cli.lazy import LazyGroup
from agent.cli.people import PEOPLE_COMMANDS, SUMMARIES

people = LazyGroup(
    "people", table=PEOPLE_COMMANDS, summaries=SUMMARIES, help="Say who may do what in the project."
)
