"""Where artifacts are kept: a folder, a bucket, or memory; one file and one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.registry import Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.artifacts.stores.store import ArtifactStore, Choice

STORES: Table[Callable[[Choice], ArtifactStore]] = Table(
    "agent.artifacts.stores",
    {"file": "folder:FolderStore", "memory": "memory:MemoryStore", "s3": "s3:S3Store"},
)
