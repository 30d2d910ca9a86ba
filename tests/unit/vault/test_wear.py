"""No key seals more than 2^31 messages: the term is rotated, the vault itself is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.errors import VaultLocked
from agent.vault.custody import Custody
from agent.vault.epoch import MOST_SEALED, Epoch, Epochs
from agent.vault.keyslots.file import FileKey
from agent.vault.transactions import reading, writing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Engine

    from agent.vault.new_secret import NewSecret
    from agent.vault.store import Vault


def record(vault: Vault) -> Epoch:
    trail = vault.trail()
    with reading(trail.engine) as connection:
        return Epochs(trail.vault_id, trail.ring).read(connection)


def wear(vault: Vault, **counted: int) -> None:
    """Write the record as it would stand after so many seals."""
    trail = vault.trail()
    epochs = Epochs(trail.vault_id, trail.ring)
    with writing(trail.engine) as connection:
        epochs.write(connection, replace(epochs.read(connection), **counted))


def test_the_limit_is_half_of_what_random_nonces_allow() -> None:
    assert MOST_SEALED == 2**31


def test_every_wrapped_key_is_counted_and_a_rotation_begins_anew(
    vault: Vault, engine: Engine, keys: Path, a_login: Callable[..., NewSecret]
) -> None:
    for name in ("One", "Two"):
        vault.add(a_login(name))
    vault.rotate("One", {"username": "bob", "password": "battery staple"})
    assert record(vault).wraps == 3
    Custody(vault, engine, lambda _kind: FileKey(keys)).rotate()
    assert record(vault).wraps == 3
    vault.delete("Two")
    assert record(vault).wraps == 3


def test_a_term_that_was_used_as_often_as_it_may_be_is_rotated_by_itself(
    vault: Vault, a_login: Callable[..., NewSecret]
) -> None:
    vault.add(a_login("One"))
    term = vault.opening.open().ring.active_term
    wear(vault, wraps=MOST_SEALED - 2)
    vault.add(a_login("Two"))
    vault.rotate("One", {"username": "bob", "password": "battery staple"})
    assert vault.opening.open().ring.active_term == term + 1
    assert record(vault).wraps < 10
    assert len(vault.cards()) == 2


def test_a_term_is_never_used_beyond_its_limit(
    vault: Vault, a_login: Callable[..., NewSecret]
) -> None:
    card = vault.add(a_login("One"))
    trail = vault.trail()
    epochs = Epochs(trail.vault_id, trail.ring)
    wear(vault, wraps=MOST_SEALED - 1)
    with (
        pytest.raises(VaultLocked, match="as often as a key may be"),
        writing(trail.engine) as connection,
    ):
        epochs.wrapped(connection, 1)
    assert vault.card(card.id) == card


def test_a_vault_that_was_written_to_as_often_as_its_keys_allow_is_read_only(
    vault: Vault, a_login: Callable[..., NewSecret]
) -> None:
    card = vault.add(a_login())
    wear(vault, number=MOST_SEALED)
    with pytest.raises(VaultLocked, match="as often as its keys allow") as refused:
        vault.add(a_login("Two"))
    assert "export" in refused.value.hint
    with vault.open_for_run({"LOGIN": card.ref}, "run-1") as secrets:
        assert secrets.slots() == ("LOGIN",)
    wear(vault, number=2 * MOST_SEALED - 1)
    with pytest.raises(VaultLocked), vault.open_for_run({"LOGIN": card.ref}, "run-2"):
        pass
