"""Write one vault of every kind of row, as this version of the program writes it.

``python -m tests.released.make tests/released/NAME`` is called once for each released format, and
its output committed for good: ``tests/integration/test_released.py`` opens every one of them. All
data in it is made up here; the key stands beside it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from agent.vault.anchor import Anchor
from agent.vault.custody import Custody
from agent.vault.deployments import Deployments, Proposal
from agent.vault.keyslots.file import FileKey
from agent.vault.keyslots.passphrase import Cost, Passphrase
from agent.vault.lockout import Lockouts, Use
from agent.vault.new_secret import NewSecret
from agent.vault.opening import Anchored
from agent.vault.origin import Origin, OriginPolicy
from agent.vault.people import People
from agent.vault.policy import Role
from agent.vault.reveal import Receiver, claim_code, reveal_to
from agent.vault.secret_types import SECRET_TYPES
from agent.vault.sourcing.contents import Source
from agent.vault.store import Vault
from agent.wiring.database import open_database
from tests.secret_examples import good

if TYPE_CHECKING:
    from sqlalchemy import Engine

PASSPHRASE = "seven lanterns beside the quiet harbour"
AT = Receiver((Origin.parse("https://hotel.example"),), "sign in")


def site_of(kind: str) -> OriginPolicy:
    """The origins a type takes."""
    scheme = "https" if "https" in SECRET_TYPES[kind].schemes else "sftp"
    return OriginPolicy.parse([f"{scheme}://hotel.example"])


def fill(engine: Engine, keys: Path) -> dict[str, dict[str, str]]:
    """Make the rows; gives the SHA-256 of every value by secret and field."""
    vault = Vault(engine, Anchored(FileKey(keys), Anchor(keys)), actor="ann")
    vault.create()
    told: dict[str, dict[str, str]] = {}
    for kind in SECRET_TYPES:
        values = good(kind)
        card = vault.add(NewSecret(f"A {kind}", kind, values, site_of(kind)))
        stored = SECRET_TYPES[kind].validate(values)
        told[card.id] = {n: hashlib.sha256(v.encode()).hexdigest() for n, v in stored.items()}
    env = Source("env", {"variables": {"value": "RELEASED_VALUE"}})
    vault.add(NewSecret("Elsewhere", "value", {}, site_of("value"), source=env))
    use(vault)
    people = People(engine, vault)
    people.add(people.actor("ann"), "bob", Role.EDITOR)
    Custody(
        vault, engine, lambda _kind: Passphrase(lambda: PASSPHRASE, cost=Cost(64 * 1024, 3, 1))
    ).add_key("passphrase")
    return told


def use(vault: Vault) -> None:
    """Leave what use leaves: versions, a code, a rejection, a deployment, a grave."""
    login = vault.card("A login")
    with vault.open_for_run({"LOGIN": login.ref}, "run-1") as secrets:
        reveal_to(secrets["LOGIN"], "password", AT)
        claim_code(secrets["LOGIN"], AT, now=1_000_000.0)
    Lockouts(replace(vault.trail(), run_id="run-1")).reject(login, Use("LOGIN", "sign in"))
    value = vault.add(NewSecret("Gone", "value", {"value": "gone for good"}, site_of("value")))
    vault.rotate(value.id, {"value": "gone in its second version"})
    copied = vault.card("A bearer_token")
    document = {"name": "Released", "slots": {}, "steps": []}
    proposal = Proposal("Released", document, "/tasks/released.json", {"TOKEN": copied}, {})
    Deployments(vault).make(proposal)
    vault.delete(value.id)


def main() -> None:
    """Write ``vault.sql``, the key, the anchor and ``expected.json`` into a new folder."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    folder.mkdir()
    with tempfile.TemporaryDirectory() as place:
        keys, path = Path(place) / "keys", Path(place) / "data" / "runner.db"
        engine = open_database(path)
        told = fill(engine, keys)
        engine.dispose()
        with closing(sqlite3.connect(path)) as database:
            dump = "\n".join(database.iterdump()) + "\n"
        (folder / "vault.sql").write_text(dump, "utf-8")
        (folder / "expected.json").write_text(json.dumps(told, indent=1) + "\n", "utf-8")
        for file in keys.iterdir():
            shutil.copyfile(file, folder / file.name)


if __name__ == "__main__":
    main()
