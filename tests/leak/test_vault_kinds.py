"""One secret of every type lives a whole life; no value of any field is found in any file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.runner.deploying import Wish
from agent.settings import Settings
from agent.vault.exchange import Seal
from agent.vault.new_secret import NewSecret
from agent.vault.origin import OriginPolicy
from agent.vault.secret_types import SECRET_TYPES
from agent.wiring import build
from tests.leak.scan import find_under, forms
from tests.secret_examples import good

if TYPE_CHECKING:
    from pathlib import Path

    from agent.runner import Runner

LEAST_FORMS = 12


def canaries() -> dict[str, str]:
    """Every value of every type, one of a kind, with the field it is of."""
    return {
        f"{kind}.{field}": value
        for kind, secret in SECRET_TYPES.items()
        for field, value in good(kind).items()
        if field not in secret.public
    }


def live(runner: Runner, folder: Path) -> None:
    """Add, rotate, move to live, export, back up, give new keys and delete."""
    for kind in SECRET_TYPES:
        origin = f"{max(SECRET_TYPES[kind].schemes)}://hotel.example"
        policy = OriginPolicy.parse([origin])
        card = runner.keep(NewSecret(f"Of type {kind}", kind, good(kind), policy))
        runner.rotate_secret(card.id, good(kind))
        with runner.vault.open_for_run({"SLOT": card.ref}, "run-1"):
            pass
    task = folder / "task.json"
    task.write_text(
        '{"name": "Guests", "slots": {"SLOT": {"type": "value", "origins": '
        '["https://hotel.example"]}}, "steps": [{"type": "goto", "url": "https://hotel.example"}]}',
        "utf-8",
    )
    wish = Wish(task, {"SLOT": "Of type value"}, ["Of type value"])
    runner.deploying.deploy(runner.deploying.propose(wish))
    runner.keys.rotate_root(())
    runner.keys.backup(folder / "home" / "backup.db")
    sealed = runner.keys.export(Seal(passphrase="a passphrase for this export"))
    (folder / "home" / "all.age").write_bytes(sealed)
    runner.keeping.delete("Of type login", "Of type login")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    environ = {"RUNNER_HOME": str(tmp_path / "home"), "RUNNER_KEY_FILE": str(tmp_path / "keys/k")}
    live(build(Settings.load(environ, tmp_path)), tmp_path)
    return tmp_path


def test_no_field_of_any_type_is_found_in_anything_the_vault_leaves(folder: Path) -> None:
    planted = canaries()
    assert {name.partition(".")[0] for name in planted} == set(SECRET_TYPES)
    assert all(len(forms(value)) >= LEAST_FORMS for value in planted.values())
    assert find_under([folder], planted) == []
    # Positive control: the very same search finds one value, in one encoding, in one file.
    name, value = next(iter(planted.items()))
    (folder / "home" / "leak.bin").write_bytes(b"..." + list(forms(value).values())[-1] + b"...")
    assert {leak.name for leak in find_under([folder], planted)} >= {name}
