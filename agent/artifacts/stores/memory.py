"""Artifacts in memory: the same promises, for tests and throw-away programs."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from agent.artifacts.stores.store import Held, checked_key, require_passed
from agent.errors import StoreFailed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import BinaryIO

    from agent.artifacts.artifact import Artifact
    from agent.artifacts.stores.store import Choice


class MemoryStore:
    """A store that forgets with the process; with ``away`` set it does nothing for anyone."""

    def __init__(self, choice: Choice) -> None:
        self.address = choice.address
        self.away = False
        self._held: dict[str, bytes] = {}

    def put(self, key: str, artifact: Artifact) -> None:
        """Remember the file's content."""
        self._check(key)
        require_passed(artifact)
        self._held[key] = artifact.path.read_bytes()

    def open(self, key: str) -> BinaryIO:
        """Open what is remembered."""
        self._check(key)
        if key not in self._held:
            raise FileNotFoundError(key)
        return io.BytesIO(self._held[key])

    def list(self, run_id: str) -> Sequence[Held]:
        """List what is remembered of a run."""
        self._check(f"{run_id}/x")
        mine = sorted(key for key in self._held if key.startswith(f"{run_id}/"))
        return [Held(key, len(self._held[key])) for key in mine]

    def delete(self, key: str) -> None:
        """Forget it."""
        self._check(key)
        self._held.pop(key, None)

    def link(self, key: str, seconds: int) -> str:  # noqa: ARG002 - it ends with the process
        """Name it."""
        self._check(key)
        return f"{self.address}/{key}"

    def _check(self, key: str) -> None:
        checked_key(key)
        if self.away:
            raise StoreFailed(f"the artifact store {self.address} is away")
