from __future__ import annotations

import resource
import time

import pytest

from agent.errors import UsageError, VaultDamaged, VaultLocked
from agent.vault.keyslots.passphrase import Cost, Passphrase

WORDS = "orbit velvet hammer lagoon"
SMALL = Cost(memory=64 * 1024, passes=1, lanes=1)
SALT = "AAAAAAAAAAAAAAAAAAAAAA=="


def never() -> str:
    raise AssertionError("the passphrase was asked for before the parameters were checked")


def test_the_default_cost_is_the_one_of_the_design() -> None:
    assert Cost() == Cost(memory=262_144, passes=3, lanes=4)


def test_a_slot_opens_with_its_passphrase_and_says_nothing_of_it() -> None:
    params, key = Passphrase(lambda: WORDS, cost=SMALL).new_key("vault")
    assert Passphrase(lambda: WORDS).key("vault", params) == key
    assert set(params) == {"m", "t", "p", "salt"}
    assert Passphrase(lambda: WORDS + "!").key("vault", params) != key


def test_the_same_words_typed_otherwise_are_the_same_passphrase() -> None:
    params, key = Passphrase(lambda: "caf\u00e9 caf\u00e9 caf\u00e9", cost=SMALL).new_key("vault")
    assert Passphrase(lambda: "cafe\u0301 cafe\u0301 cafe\u0301").key("vault", params) == key


def test_two_slots_of_one_passphrase_have_different_keys() -> None:
    unlocker = Passphrase(lambda: WORDS, cost=SMALL)
    assert unlocker.new_key("vault")[1] != unlocker.new_key("vault")[1]


@pytest.mark.parametrize(
    "params",
    [
        {"m": 2**31, "t": 3, "p": 4},
        {"m": 8, "t": 3, "p": 4},
        {"m": 64 * 1024 - 1, "t": 3, "p": 4},
        {"m": 1024 * 1024 + 1, "t": 3, "p": 4},
        {"m": 64 * 1024, "t": 0, "p": 4},
        {"m": 64 * 1024, "t": 11, "p": 4},
        {"m": 64 * 1024, "t": 3, "p": 0},
        {"m": 64 * 1024, "t": 3, "p": 17},
        {"m": "65536", "t": 3, "p": 4},
        {"m": 65536.0, "t": 3, "p": 4},
        {"m": True, "t": 3, "p": 4},
        {"t": 3, "p": 4},
    ],
)
def test_a_cost_outside_the_bounds_is_refused_before_anything_is_derived(
    params: dict[str, object],
) -> None:
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    with pytest.raises(VaultDamaged):
        Passphrase(never).key("vault", {**params, "salt": SALT})
    assert time.perf_counter() - started < 0.05
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 * 1024


@pytest.mark.parametrize("salt", [None, "", "AAAA", "not base64!", 7])
def test_a_slot_without_its_salt_is_damaged(salt: object) -> None:
    with pytest.raises(VaultDamaged):
        Passphrase(never).key("vault", {"m": 64 * 1024, "t": 1, "p": 1, "salt": salt})


def test_a_cost_outside_the_bounds_cannot_be_stored() -> None:
    with pytest.raises(VaultDamaged):
        Passphrase(lambda: WORDS, cost=Cost(memory=1024)).new_key("vault")


def test_a_short_passphrase_is_refused_without_quoting_it() -> None:
    with pytest.raises(UsageError) as refused:
        Passphrase(lambda: "hunter2").new_key("vault")
    assert "hunter2" not in refused.value.message + refused.value.hint


def test_no_passphrase_leaves_the_vault_locked() -> None:
    with pytest.raises(VaultLocked):
        Passphrase(lambda: "").key("vault", {"m": 64 * 1024, "t": 1, "p": 1, "salt": SALT})
