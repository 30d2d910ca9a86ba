from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.vault.pae import context, pae


@pytest.mark.parametrize(
    ("pieces", "encoded"),
    [
        ([], b"\x00" * 8),
        ([b""], b"\x01" + b"\x00" * 7 + b"\x00" * 8),
        ([b"test"], b"\x01" + b"\x00" * 7 + b"\x04" + b"\x00" * 7 + b"test"),
    ],
)
def test_the_published_vectors_hold(pieces: list[bytes], encoded: bytes) -> None:
    assert pae(pieces) == encoded


def test_a_piece_cannot_imitate_two() -> None:
    inner = b"a" + (1).to_bytes(8, "little") + b"b"
    assert pae([b"a", b"b"]) != pae([inner])


@given(st.lists(st.binary()), st.lists(st.binary()))
def test_different_pieces_never_meet(one: list[bytes], other: list[bytes]) -> None:
    assert (pae(one) == pae(other)) == (one == other)


def test_the_namespace_is_the_first_field() -> None:
    assert context("dek.v1", "v", 3, b"x") == pae([b"dek.v1", b"v", b"3", b"x"])
