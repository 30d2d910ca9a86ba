from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.vault.records import Records
from agent.vault.shelf import Shelf, is_id
from agent.vault.transactions import reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

    from agent.vault.new_secret import NewSecret
    from agent.vault.store import Vault


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0e4ce2ad-93c1-4a6d-8f4d-93e2a7d0c0aa", True),
        ("0E4CE2AD93C14A6D8F4D93E2A7D0C0AA", True),
        ("Hotel admin", False),
        ("", False),
    ],
)
def test_an_id_is_told_from_a_name(text: str, expected: object) -> None:
    assert is_id(text) is expected


def test_of_one_name_the_live_secret_comes_first_then_the_last_deleted(
    engine: Engine, vault: Vault, a_login: Callable[..., NewSecret]
) -> None:
    made = []
    for _ in range(3):
        made.append(vault.add(a_login()).id)
        vault.delete(made[-1])
    made.append(vault.add(a_login()).id)
    trail = vault.trail()
    with reading(engine) as connection:
        shelf = Shelf(connection, Records(trail.vault_id, trail.ring))
        rows = shelf.named("hotel admin")
        assert rows[0]["id"] == made[-1]
        assert [row["deleted_at"] for row in rows[1:]] == sorted(
            (row["deleted_at"] for row in rows[1:]), reverse=True
        )
        assert [row["id"] for row in shelf.live()] == [made[-1]]
