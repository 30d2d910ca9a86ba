"""Where runs happen, and how they come to workers; one file and one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.registry import Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

    from agent.executors.executor import Executor
    from agent.executors.supply import Supply
    from agent.runs.delivery import Delivery

SUPPLIES: Table[Callable[..., Supply]] = Table(
    "agent.executors", {"sqlite": "looking:Looking", "postgresql": "delivered:Delivered"}
)
"""Where a worker gets its runs from, by the kind of database."""
DELIVERIES: Table[Callable[[Engine], Delivery]] = Table(
    "agent.executors", {"postgresql": "posting:Posting"}
)
"""What brings runs to workers, by the kind of database; elsewhere workers look for them."""
EXECUTORS: Table[Callable[..., Executor]] = Table(
    "agent.executors", {"local": "local:LocalExecutor", "queue": "queue:QueueExecutor"}
)
"""Where a run is carried out: here, made of what an engine needs, or by a worker, of the store."""
