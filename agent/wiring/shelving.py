"""From settings to the place where artifacts are kept."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from agent.artifacts.stores import open_store
from agent.artifacts.stores.store import Choice
from agent.runs.shelf import Shelf

if TYPE_CHECKING:
    from agent.runs.store import RunStore
    from agent.settings import Settings


def shelf_of(settings: Settings, store: RunStore) -> Shelf:
    """Make the shelf of one data folder; its store is opened on first use."""
    here = settings.home / "runs"
    choice = settings.artifacts or Choice(str(here))
    return Shelf(
        open_store=partial(open_store, choice),
        records=store,
        runs_folder=here,
        waiting=settings.home / "undelivered",
        remote=settings.artifacts is not None,
    )
