"""Where runs happen: here, and later on a queue for workers; one file and one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.registry import Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.engine import Tools
    from agent.executors.executor import Executor

EXECUTORS: Table[Callable[[Tools], Executor]] = Table(
    "agent.executors", {"local": "local:LocalExecutor"}
)
