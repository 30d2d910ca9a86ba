from __future__ import annotations

import pytest

from agent.errors import VaultDamaged
from agent.vault.ring import Ring
from agent.vault.totp import parse_key


def test_a_ring_is_read_back_as_it_was_written() -> None:
    ring = Ring.new()
    assert Ring.from_bytes(ring.to_bytes()) == ring


def test_a_ring_prints_no_key() -> None:
    assert repr(Ring.new()) == "Ring(active_term=1, rotating='')"


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"{}", b'{"active_term":"x"}', b"\xff", b'{"active_term":1,"keys":[]}']
)
def test_anything_else_is_damage(text: bytes) -> None:
    with pytest.raises(VaultDamaged):
        Ring.from_bytes(text)


def test_an_unknown_term_is_damage() -> None:
    with pytest.raises(VaultDamaged):
        Ring.new().key(7)


def test_names_that_read_the_same_have_one_index() -> None:
    ring = Ring.new()
    composed, decomposed = "Caf\u00e9", "CAFE\u0301"
    assert ring.name_index("p", "test", composed) == ring.name_index("p", "test", decomposed)
    assert ring.name_index("p", "test", "a") != ring.name_index("p", "live", "a")
    assert ring.name_index("p", "test", "a") != Ring.new().name_index("p", "test", "a")


def test_one_seed_has_one_fingerprint_however_it_was_pasted() -> None:
    ring = Ring.new()
    pasted = parse_key("gezd gnbv gy3t qojq gezd gnbv gy3t qojq")
    stored = parse_key(pasted.uri())
    assert ring.seed_fingerprint(pasted.identity()) == ring.seed_fingerprint(stored.identity())
