"""Where a worker's runs come from: it looks for them, or PostgreSQL's queue brings them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.executors import SUPPLIES
from agent.registry import Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.executors.supply import Place, Supply
    from agent.settings import Settings

_SERVER: Table[Callable[..., dict[str, Any]]] = Table(
    "agent.wiring", {"arguments": "server:driver_arguments"}
)


def supply_of(settings: Settings, place: Place) -> Supply:
    """Make the supply that fits the database."""
    engine = place.store.engine
    if engine.dialect.name != "postgresql":
        return SUPPLIES["sqlite"](place)
    return SUPPLIES["postgresql"](place, _SERVER["arguments"](engine, settings.database))
