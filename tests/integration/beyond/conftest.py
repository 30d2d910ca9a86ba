"""A vault for tests that need no crash safety: the same, quicker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, event

from agent.vault.keyslots.file import FileKey
from agent.vault.store import Vault
from agent.vault.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    """An empty vault with a key file, in files of this test alone."""
    engine = create_engine(f"sqlite:///{tmp_path / 'vault.db'}", hide_parameters=True)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA journal_mode = MEMORY")

    metadata.create_all(engine)
    yield Vault(engine, FileKey(tmp_path / "keys"))
    engine.dispose()
