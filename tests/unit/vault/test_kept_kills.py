"""A process killed while it keeps sessions leaves the old one or the new one, whole."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from agent.vault.custody import Custody
from agent.vault.kept_sessions import KeptSessions
from agent.vault.keyslots.file import FileKey
from agent.vault.store import Vault

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Engine

    from agent.vault.new_secret import NewSecret

HOTEL = "https://hotel.example"
KILLS = 3
# Keeps one session after the other, each of another length, and says which it begins to keep.
CHILD = """
import json, sys
from pathlib import Path
from sqlalchemy import create_engine
from agent.vault.keyslots.file import FileKey
from agent.vault.kept_sessions import KeptSessions
from agent.vault.store import Vault

database, keys, name = sys.argv[1:]
vault = Vault(create_engine(f"sqlite:///{database}"), FileKey(Path(keys)))
card, kept = vault.card(name), KeptSessions(vault.trail())
number = 0
while True:
    number += 1
    state = json.dumps({"number": number, "fill": "x" * (number * 977 % 60000)})
    print(number, flush=True)
    kept.keep(card, "https://hotel.example", state.encode())
"""


@pytest.mark.slow
def test_a_kill_while_a_session_is_kept_leaves_a_whole_one(
    vault: Vault, a_login: Callable[..., NewSecret], engine: Engine, database: Path, keys: Path
) -> None:
    card = vault.add(a_login())
    moments = random.Random(20261122)  # noqa: S311 - a spread of moments, the same each time
    for _ in range(KILLS):
        begun = 0
        words = [sys.executable, "-c", CHILD, str(database), str(keys), card.name]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout
            for _ in range(moments.randint(2, 9)):
                begun = int(child.stdout.readline())
            child.kill()
            begun = max([begun, *(int(line) for line in child.stdout.read().split())])
        again = Vault(engine, FileKey(keys))
        found = KeptSessions(again.trail()).use(again.card(card.id), HOTEL)
        assert found is not None
        state = json.loads(found.state)
        assert state["number"] in (begun - 1, begun)
        assert len(state["fill"]) == state["number"] * 977 % 60000
        assert Custody(again, engine, lambda _kind: FileKey(keys)).verify().problems == ()
