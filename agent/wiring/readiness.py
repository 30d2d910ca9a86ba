"""Whether a server can take requests now, in words that tell a stranger nothing."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Final, Literal

from sqlalchemy.exc import SQLAlchemyError

from agent.errors import RunnerError
from agent.wiring.database import is_current

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Engine

    from agent.vault.store import Vault

Trouble = Literal["database", "schema", "vault"]
LASTS: Final = 1.0
"""Seconds for which one look answers everyone."""


@dataclass(slots=True)
class Readiness:
    """Looks at database, schema and vault; however many ask, it looks once a second."""

    engine: Engine
    vault: Vault
    clock: Callable[[], float] = time.monotonic
    _found: tuple[Trouble, ...] = ()
    _until: float = field(default=float("-inf"))
    _lock: Lock = field(default_factory=Lock)

    def troubles(self) -> Sequence[Trouble]:
        """Name what is in the way: ``database`` away, ``schema`` not current, ``vault`` locked."""
        with self._lock:
            if self.clock() >= self._until:
                self._found = tuple(self._look())
                self._until = self.clock() + LASTS
            return self._found

    def _look(self) -> list[Trouble]:
        try:
            if not is_current(self.engine):
                return ["schema"]
        except SQLAlchemyError:
            return ["database"]
        try:
            self.vault.trail()
        except (RunnerError, SQLAlchemyError):
            return ["vault"]
        return []
