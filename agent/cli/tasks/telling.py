"""How a stored task is told to scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent.runs.task_store import StoredTask


def task_document(one: StoredTask) -> dict[str, Any]:
    """Give a stored task without its steps."""
    return {
        "id": one.id,
        "name": one.name,
        "version": one.version,
        "current": one.current,
        "digest": one.digest,
        "created_by": one.created_by,
        "created_at": one.created_at,
    }
