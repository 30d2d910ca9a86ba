"""Where artifacts are kept: a folder, a bucket, or memory; one file and one line each."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from agent.errors import EnvironmentUnfit
from agent.registry import Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.artifacts.stores.store import ArtifactStore, Choice

STORES: Table[Callable[[Choice], ArtifactStore]] = Table(
    "agent.artifacts.stores",
    {"file": "folder:FolderStore", "memory": "memory:MemoryStore", "s3": "s3:S3Store"},
)


@cache
def open_store(choice: Choice) -> ArtifactStore:
    """Give the store of a choice, one for the whole process.

    Raises ``EnvironmentUnfit`` where the package it needs is not installed.
    """
    scheme = choice.address.partition("://")[0] if "://" in choice.address else "file"
    try:
        return STORES[scheme](choice)
    except ImportError:
        raise EnvironmentUnfit(
            f"the artifact store {choice.address} needs a package that is not installed",
            hint=f"pip install 'slotrunner[{scheme}]'",
        ) from None
