"""The use cases over a real vault and a store of runs in memory, for any actor."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, event

from agent.runner import Runner
from agent.runs.memory import MemoryRunStore
from agent.vault.keyslots.file import FileKey
from agent.vault.new_secret import NewSecret
from agent.vault.origin import OriginPolicy
from agent.vault.people import People
from agent.vault.policy import DEFAULT_PROJECT, Actor, Role
from agent.vault.store import Vault
from agent.vault.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


@dataclass
class Office:
    """One data folder; ``runner`` is what a person of a role uses in it."""

    folder: Path
    engine: Engine
    store: MemoryRunStore = field(default_factory=MemoryRunStore)
    now: float = 1_795_330_000.0

    def runner(
        self, role: Role | None = Role.OWNER, name: str = "ann", project: str = DEFAULT_PROJECT
    ) -> Runner:
        vault = Vault(
            self.engine,
            FileKey(self.folder / "keys"),
            actor=name,
            clock=lambda: self.now,
            project=project,
        )
        people = People(self.engine, vault)
        executor: Any = None  # nothing is carried out here
        return Runner(vault, self.store, executor, actor=Actor(name, role, project), people=people)

    def task(
        self, *slots: str, name: str = "Guests", origin: str = "https://hotel.example"
    ) -> Path:
        """Write a task that signs in with each slot."""
        path = self.folder / f"{name}.json"
        steps = [{"type": "sign_in", "slot": slot, "url": f"{origin}/login"} for slot in slots]
        made = {slot: {"type": "login", "origins": [origin]} for slot in slots}
        path.write_text(json.dumps({"name": name, "slots": made, "steps": steps}), "utf-8")
        return path


def login(name: str = "Hotel admin", **choice: str) -> NewSecret:
    fields = {"username": "ann", "password": f"pw of {name}", "totp": SEED}
    return replace(
        NewSecret(name, "login", fields, OriginPolicy.parse(["https://hotel.example"])), **choice
    )


def open_office(folder: Path) -> Office:
    """Make a data folder with an empty vault."""
    engine = create_engine(f"sqlite:///{folder / 'runner.db'}", hide_parameters=True)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        for pragma in ("journal_mode = WAL", "synchronous = OFF", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {pragma}")

    metadata.create_all(engine)
    office = Office(folder, engine)
    office.runner().vault.create()
    return office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = open_office(tmp_path)
    yield made
    made.engine.dispose()
