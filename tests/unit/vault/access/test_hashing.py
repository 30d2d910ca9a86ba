"""What is kept of a person's password."""

from __future__ import annotations

import pytest

from agent.errors import UsageError, VaultDamaged
from agent.vault.access.hashing import hash_password, is_old, matches

GOOD = "correct horse battery staple"


def test_a_password_costs_what_rfc_9106_asks_for() -> None:
    kept = hash_password(GOOD)
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert GOOD not in kept
    assert not is_old(kept)
    assert is_old("$argon2id$v=19$m=1024,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA")
    assert matches(kept, GOOD)
    assert not matches(kept, GOOD + " ")


def test_nobodys_password_matches_nothing() -> None:
    assert not matches(None, GOOD)
    assert not matches(None, "")


@pytest.mark.parametrize("weak", ["short", "a" * 30, "password1234567", "x" * 2000])
def test_a_weak_password_is_refused_and_not_quoted(weak: str) -> None:
    with pytest.raises(UsageError) as refused:
        hash_password(weak)
    assert weak not in str(refused.value)


def test_a_hash_of_another_form_is_damage() -> None:
    with pytest.raises(VaultDamaged):
        matches("plain", GOOD)
