"""What is told of runs to those who operate the machines: numbers, ids, words from closed lists.

Nothing here can hold a value of a secret, by its types: see ``facts``. What sends it elsewhere is
loaded only where it is switched on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.registry import Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.telemetry.observer import Observer

SENDERS: Table[Callable[[frozenset[str]], Observer]] = Table(
    "agent.telemetry", {"otlp": "otlp:sender"}
)
