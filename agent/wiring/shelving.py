"""From settings to the place where artifacts are kept."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from agent.artifacts.stores import open_store
from agent.artifacts.stores.store import Choice
from agent.runs.pruning import Pruning
from agent.runs.retention import Rule, seconds_of
from agent.runs.shelf import Shelf
from agent.vault.spool import SealedFiles

if TYPE_CHECKING:
    from agent.runs.store import RunStore
    from agent.settings import Settings
    from agent.vault.store import Vault


def shelf_of(settings: Settings, store: RunStore, vault: Vault) -> Shelf:
    """Make the shelf of one data folder; its store is opened on first use.

    What has to wait there is sealed where the vault is open: without it nothing of one is in it.
    """
    kept = settings.retention
    here = settings.home / "runs"
    choice = settings.artifacts or Choice(str(here))
    return Shelf(
        open_store=partial(open_store, choice),
        records=store,
        runs_folder=here,
        waiting=settings.home / "undelivered",
        remote=settings.artifacts is not None,
        going=settings.home / "pruning",
        sealing=SealedFiles(vault.trail, lambda: vault.opening.is_open),
        most_waiting=settings.most_waiting,
        usual=Rule(kept.keep, None if kept.older is None else seconds_of(kept.older)),
    )


def mended(shelf: Shelf, store: RunStore) -> Shelf:
    """Give runs whose pruning was killed their folders back; then the shelf is in order."""
    Pruning(store, shelf, shelf.going).mend()
    return shelf
