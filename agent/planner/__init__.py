"""Turn written steps into checked ones: ``BoundTask`` → ``Plan``."""

from agent.planner.checking import check, read_given, read_task
from agent.planner.explaining import Explanation, explain
from agent.planner.fit_to_run import unfit
from agent.planner.plan import Plan, make_plan
from agent.planner.schema import json_schema

__all__ = [
    "Explanation",
    "Plan",
    "check",
    "explain",
    "json_schema",
    "make_plan",
    "read_given",
    "read_task",
    "unfit",
]
